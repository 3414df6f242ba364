#!/bin/sh
# desktop.sh PROGRAM MODEL PICTURE: runs the desktop example's self-test in a virtual display. 77: it cannot run here.
set -eu
if [ ! -x "$1" ]; then echo "there is no $1: GTK 3 (libgtk-3-dev) was missing when the build was configured"; exit 77; fi
if ! command -v xvfb-run >/dev/null; then echo "xvfb-run (xvfb, xauth) is not installed"; exit 77; fi
rm -f "$3"
status=0
# No desktop's settings, no accessibility bus: the same window everywhere.
GSETTINGS_BACKEND=memory NO_AT_BRIDGE=1 GTK_THEME=Adwaita timeout 120 xvfb-run -a "$1" --self-test "$2" "$3" || status=$?
[ "$status" -ne 77 ] || status=1
[ "$status" -ne 0 ] || [ -s "$3" ] || { echo "there is no picture"; exit 1; }
exit "$status"
