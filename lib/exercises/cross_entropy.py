"""Exercises of the chapter; see the chapter for the questions."""

EXERCISES = ()
