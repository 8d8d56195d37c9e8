#!/bin/sh
# Is this host ready to run RecruitSmart in production? Looks at everything, changes nothing; exit code 0 or 1.
# Runs from anywhere; reads the same environment as the processes.
set -eu
cd "$(dirname "$0")/.."

export FLASK_SKIP_DOTENV=1  # as for the processes: production never reads the file .env

python=.venv/bin/python
[ -x "$python" ] || python=python3

if ! output=$("$python" -m flask --app recruitsmart.wsgi doctor --production 2>&1); then
    printf '%s\n' "$output"
    case "$output" in
        *"CONFIGURATION ERRORS"*) printf '%s\n' '✗ settings' '✗ NOT CHECKED: the settings above have to be repaired first' ;;
        *"CHECKS FAILED"*) ;;
        *) printf '%s\n' '✗ NOT CHECKED: the check itself failed, see above' ;;
    esac
    exit 1
fi
printf '%s\n' "$output"
