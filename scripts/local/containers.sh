# shellcheck shell=bash
# Sourced after lib.sh: which tool builds and pushes the images, and the stand-ins of the registry's base images.

# shellcheck disable=SC2034 # the scripts that source this use it
IMAGES=(batch-processor analysis-service)

image_dockerfile() {
    case $1 in
    batch-processor) echo batch/Dockerfile ;;
    analysis-service) echo service/Dockerfile ;;
    *) return 1 ;;
    esac
}

# The tool that CONTAINER_TOOL names, else the first that works. Docker's client alone, without an engine, does not.
container_tool() {
    local tool
    if [[ -n ${CONTAINER_TOOL-} ]]; then
        command -v "$CONTAINER_TOOL" >/dev/null || die "CONTAINER_TOOL=$CONTAINER_TOOL is not in PATH"
        printf '%s\n' "$CONTAINER_TOOL"
        return
    fi
    for tool in docker podman buildah; do
        command -v "$tool" >/dev/null || continue
        [[ $tool != docker ]] || docker info >/dev/null 2>&1 || continue
        printf '%s\n' "$tool"
        return
    done
    die "none of docker (with a running engine), podman and buildah is here to build the images"
}

# The digest of all that the images are built from: equal content has an equal tag, whatever else a commit changes.
content_tag() {
    (
        cd "$ROOT" || exit 1
        find Package.swift Sources batch service .dockerignore -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum |
            sha256sum | cut -c1-12
    )
}

# --- Stand-ins of the base images --------------------------------------------------------------------------------

# They and what is built on them live in a store of their own, which every later buildah of this process uses.
use_test_store() {
    local store=$LOCAL_DIR/images driver=vfs
    mkdir -p "$store/probe"/{lower,upper,work,merged}
    # Layers need not be copied where an overlay can be mounted.
    if unshare --mount mount -t overlay overlay "$store/probe/merged" 2>/dev/null \
        -o "lowerdir=$store/probe/lower,upperdir=$store/probe/upper,workdir=$store/probe/work"; then
        driver=overlay
    fi
    rm -rf "$store/probe"
    # A store keeps the driver that it was made with.
    if [[ -f $store/storage.conf ]]; then driver=$(sed -n 's/^driver = "\(.*\)"/\1/p' "$store/storage.conf"); fi
    printf '[storage]\ndriver = "%s"\ngraphroot = "%s"\nrunroot = "%s"\n' \
        "$driver" "$store/storage" "$store/run" >"$store/storage.conf"
    mkdir -p "$store/tmp"
    export CONTAINERS_STORAGE_CONF=$store/storage.conf BUILDAH_ISOLATION=chroot TMPDIR=$store/tmp
}

# The base images that the Dockerfiles name, one a line.
base_images() {
    sed -n 's/^FROM \([^ ]*\).*/\1/p' "$ROOT"/batch/Dockerfile "$ROOT"/service/Dockerfile | sort -u
}

have_image() { buildah inspect --type image "$1" >/dev/null 2>&1; }

swift_folder() { dirname "$(dirname "$(readlink -f "$(command -v swift)")")"; }

# Debian's minimal system as its slim image is made: without documentation, manuals and translations.
make_debian_base() {
    local name=$1 folder=$TMPDIR/debian container
    say "Making $name from Debian's packages"
    rm -rf "$folder"
    debootstrap --variant=minbase bookworm "$folder" http://deb.debian.org/debian >"$LOG_DIR/debootstrap.log" 2>&1 || {
        tail -n 20 "$LOG_DIR/debootstrap.log" >&2
        die "debootstrap failed (all of it: $LOG_DIR/debootstrap.log)"
    }
    printf 'deb http://deb.debian.org/%s main\n' "debian bookworm" "debian bookworm-updates" \
        "debian-security bookworm-security" >"$folder/etc/apt/sources.list"
    printf 'path-exclude /usr/share/%s/*\n' doc man locale info lintian >"$folder/etc/dpkg/dpkg.cfg.d/slim"
    rm -rf "$folder"/usr/share/{doc,man,locale,info,lintian}/* "$folder"/var/cache/apt/* "$folder"/var/lib/apt/lists/* \
        "$folder"/var/log/*
    container=$(buildah from scratch)
    buildah add --quiet "$container" "$folder" / >/dev/null
    buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin --cmd bash "$container"
    buildah commit --quiet --rm "$container" "$name" >/dev/null
    rm -rf "$folder"
}

# The packages of Swift's own image; the toolchain itself is mounted into the build instead of copied.
make_swift_base() {
    local name=$1 debian=$2 container version
    version=$(swift --version 2>&1 | sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' | head -n 1)
    [[ $name == "swift:$version-"* ]] || die "$name is asked for and Swift ${version:-(none)} is installed"
    say "Making $name from Debian's packages"
    container=$(buildah from --pull-never "$debian")
    buildah run "$container" -- sh -c 'apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends binutils-gold ca-certificates gcc git libc6-dev libcurl4-openssl-dev libedit2 \
        libncurses-dev libpython3-dev libsqlite3-0 libstdc++-12-dev libxml2-dev libz3-dev pkg-config tzdata \
        zlib1g-dev && rm -rf /var/lib/apt/lists/* /var/cache/apt/*' >"$LOG_DIR/swift-base.log" 2>&1 || {
        tail -n 20 "$LOG_DIR/swift-base.log" >&2
        die "the packages of $name could not be installed"
    }
    buildah config --env PATH=/opt/swift/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
    buildah commit --quiet --rm "$container" "$name" >/dev/null
}

make_test_bases() {
    local name debian=
    for name in $(base_images); do
        case $name in
        debian:*)
            debian=$name
            have_image "$name" || make_debian_base "$name"
            ;;
        swift:*) have_image "$name" || make_swift_base "$name" "$debian" ;;
        *) die "no stand-in is known for the base image $name" ;;
        esac
    done
}

# Volumes of a build on the stand-ins: the toolchain, and Git's configuration with the folders that it takes
# repositories from instead of their hosts.
test_volumes() {
    local folder
    printf '%s\n' -v "$(swift_folder):/opt/swift:ro"
    [[ ! -f /etc/gitconfig ]] || printf '%s\n' -v /etc/gitconfig:/etc/gitconfig:ro
    while read -r folder; do
        [[ ! -d $folder ]] || printf '%s\n' -v "${folder%/}:${folder%/}:ro"
    done < <(git config --system --name-only --get-regexp '^url\..*\.insteadof$' | sed 's/^url\.//; s/\.insteadof$//' |
        sort -u)
}
