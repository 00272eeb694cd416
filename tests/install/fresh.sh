#!/usr/bin/env bash
# The first minutes of a new user: an empty Debian 12 in a folder (debootstrap), a clone of HEAD,
# `./kani -y speak` in it, and then once more without network. Needs root and debootstrap; the
# mirror and the settings of apt are those of this machine.
#   fresh.sh [FOLDER]   FOLDER is kept; without it a temporary one is made and removed
# shellcheck disable=SC2016  # ${...} in single quotes are format strings of apt and dpkg
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
suite=bookworm
[ "$(id -u)" = 0 ] || { echo 'fresh.sh needs root' >&2; exit 1; }

# A mount namespace of its own: whatever happens, no mount is left behind.
if [ "${KANI_FRESH_INSIDE:-}" != 1 ]; then
  KANI_FRESH_INSIDE=1 exec unshare --mount "$0" "$@"
fi

folder=${1:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  chmod 755 "$folder" # apt downloads as another user
  trap 'umount -q "$folder/proc" "$folder/dev" || true; rm -rf --one-file-system "$folder"' EXIT
fi
mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' \
  'Created-By: Packages' | sed -n "s/ $suite main\$//p" | head -n 1)
[ -n "$mirror" ] || { echo "apt knows no mirror with $suite main" >&2; exit 1; }

echo '== an empty Debian 12'
debootstrap --variant=minbase --include=ca-certificates "$suite" "$folder" "$mirror" \
  >"$folder.debootstrap.log" || { tail "$folder.debootstrap.log" >&2; exit 1; }
rm "$folder.debootstrap.log"
cp /etc/resolv.conf /etc/hosts "$folder/etc/"
cp -r /etc/apt/apt.conf.d /etc/apt/auth.conf.d "$folder/etc/apt/" 2>/dev/null || true
cp -L /etc/ssl/certs/ca-certificates.crt "$folder/etc/ssl/certs/"
mount --bind /dev "$folder/dev"
mount -t proc proc "$folder/proc"
git clone -q --no-hardlinks "$root" "$folder/opt/kani.cpp"

inside() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }
packages() { chroot "$folder" dpkg-query -W -f '${Package}\n' | wc -l; }
megabytes() { du -sxm "$folder" | cut -f 1; }
packages_before=$(packages)
megabytes_before=$(megabytes)
started=$SECONDS

echo '== ./kani -y speak'
inside chroot "$folder" sh -c 'cd /opt/kani.cpp && ./kani -y speak "Any sentence." -o out.wav'
took=$((SECONDS - started))
"$root/tests/install/check_wav.sh" "$folder/opt/kani.cpp/out.wav"

echo '== again, without network'
inside unshare --net chroot "$folder" sh -c \
  'cd /opt/kani.cpp && ./kani speak "No network is needed." -o offline.wav'
"$root/tests/install/check_wav.sh" "$folder/opt/kani.cpp/offline.wav"

echo "$(($(packages) - packages_before)) packages, $(($(megabytes) - megabytes_before)) MB," \
  "$((took / 60)) min $((took % 60)) s (goal: 10 min on 2 cores)"
[ "$took" -le 600 ]
