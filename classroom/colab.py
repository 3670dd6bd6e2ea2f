!git clone --quiet --depth 1 --branch {branch} {repository} book
%cd book/chapters
%pip install --quiet constriction
import os, sys
sys.path.insert(0, os.path.abspath(".."))
