"""Print the address of the site that was built, and open it where somebody can look at it."""

import os
import sys
import webbrowser
from pathlib import Path


def has_display(platform=sys.platform, environment=os.environ, terminal=None):
    """Say whether a browser can be shown: a person at a terminal, and a screen."""
    terminal = sys.stdout.isatty() if terminal is None else terminal
    if not terminal or "CI" in environment or "SSH_CONNECTION" in environment:
        return False
    return platform in ("darwin", "win32") or bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def main(folder):
    address = (Path(folder) / "index.html").resolve().as_uri()
    print(f"\nThe book is at {address}\n(`make serve` puts it on http://127.0.0.1:8000 instead)")
    if has_display():
        try:
            webbrowser.open(address)
        except webbrowser.Error as error:
            print(f"No browser opened: {error}")


if __name__ == "__main__":
    main(sys.argv[1])
