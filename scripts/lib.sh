# shellcheck shell=bash
# Sourced by the scripts beside it: paths, messages, processes that are ended by id, and the virtual environment.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LOCAL_DIR=$ROOT/.local
VENV_DIR=$LOCAL_DIR/venv
# shellcheck disable=SC2034 # the scripts that source this use it
CHECKS_DIR=$LOCAL_DIR/checks
# shellcheck disable=SC2034 # the scripts that source this use it
SCHEMATHESIS_DIR=$LOCAL_DIR/schemathesis
# shellcheck disable=SC2034 # the scripts that source this use it
OPENVINO_VENV_DIR=$LOCAL_DIR/openvino
# shellcheck disable=SC2034 # the scripts that source this use it
LOG_DIR=$LOCAL_DIR/log
REQUIREMENTS=$ROOT/scripts/local/requirements.txt

say() { printf '%s\n' "$*" >&2; }

die() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# venv_is_ready FOLDER REQUIREMENTS: true when the virtual environment holds exactly what the file names.
venv_is_ready() {
    [[ -x $1/bin/python && -f $1/.requirements ]] && cmp -s "$2" "$1/.requirements"
}

require_venv() {
    venv_is_ready "$VENV_DIR" "$REQUIREMENTS" || "$ROOT/scripts/setup" --venv >&2 || die "scripts/setup could not make the virtual environment"
}

# Prints a TCP port that was free a moment ago.
free_port() {
    "$VENV_DIR/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

port_is_free() {
    "$VENV_DIR/bin/python" -c '
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    s.bind(("127.0.0.1", int(sys.argv[1])))
except OSError:
    sys.exit(1)' "$1"
}

# A process's state and start time: "S 123456". The start time tells it from a later process with the same id.
process_stat() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    # The command's name may hold spaces and brackets: the fields that follow it are counted from the last bracket.
    awk '{ print $1, $20 }' <<<"${stat##*) }"
}

# Writes "PID START" so that nothing but this very process is ever ended by that file.
record_process() {
    local pid=$1 file=$2 stat
    stat=$(process_stat "$pid") || return 1
    printf '%s %s\n' "$pid" "${stat#* }" >"$file"
}

# Prints the id of the recorded process when it lives; a zombie (an init that does not reap) does not.
recorded_process() {
    local pid start stat
    [[ -f $1 ]] || return 1
    read -r pid start <"$1" || return 1
    stat=$(process_stat "$pid") || return 1
    [[ ${stat#* } == "$start" && ${stat%% *} != [ZX] ]] || return 1
    printf '%s\n' "$pid"
}

# stop_process FILE [SIGNAL [TENTHS]]: asks, waits up to 15 seconds, then kills. Nothing to do is success.
stop_process() {
    local file=$1 signal=${2:-TERM} tenths=${3:-150} pid
    if pid=$(recorded_process "$file"); then
        kill "-$signal" "$pid" 2>/dev/null
        for ((i = 0; i < tenths; i++)); do
            recorded_process "$file" >/dev/null || break
            sleep 0.1
        done
        recorded_process "$file" >/dev/null && kill -KILL "$pid" 2>/dev/null
    fi
    rm -f "$file"
}

# wait_for SECONDS COMMAND...: polls until the command succeeds.
wait_for() {
    local seconds=$1 deadline
    shift
    deadline=$((SECONDS + seconds))
    until "$@" >/dev/null 2>&1; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}

http_ok() {
    "$VENV_DIR/bin/python" -c '
import sys, urllib.request
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sys.argv[1], timeout=5)' "$1"
}

# Lets Terraform take its providers from a mirror on this machine, a folder tf-plugins, when there is one and no other
# configuration exists; without one `terraform init` downloads them.
use_terraform() {
    local mirror
    mirror=$(compgen -G '/*/tf-plugins' | head -n 1)
    [[ -n $mirror && ! -f ${TF_CLI_CONFIG_FILE-} ]] || return 0
    mkdir -p "$LOCAL_DIR"
    printf 'provider_installation {\n  filesystem_mirror {\n    path    = "%s"\n    include = ["*/*/*"]\n  }\n}\n' "$mirror" \
        >"$LOCAL_DIR/terraform.rc"
    export TF_CLI_CONFIG_FILE=$LOCAL_DIR/terraform.rc
}
