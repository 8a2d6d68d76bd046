#!/bin/sh
# Follow production and write the report of the time since the last one; for cron.
#   follow.sh STUDY OUTPUTS...      exit code: 0 quiet, 2 an alarm stands, 1 could not run
# Outputs that were seen before change nothing, so name all files of a folder every time.
set -u
study=$1
shift
calibrant monitor "$@" --study "$study"
found=$?
calibrant report --since last --study "$study" || exit 1
exit "$found"
