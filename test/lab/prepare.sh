#!/bin/sh
# prepare.sh - one-off: a Debian kernel, only the modules that the lab needs, and the test pictures. Installs nothing on the host, needs no root.
# makes $LAB/{vmlinux,initramfs.cpio,kernel/lib/modules/<version>,udev,fixtures}; config/setup/test-lab.mjs calls it when they are missing or old.
# What it says on standard error is shown; the last line is the reason when it fails.
set -eu
export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C
LAB=${LAB:-${XDG_CACHE_HOME:-$HOME/.cache}/camera-service/lab}
HERE=$(cd "$(dirname "$0")" && pwd)
say() { echo "$*" >&2; }
fail() { say "$*"; exit 1; }
[ "$(uname -m)" = x86_64 ] || fail "the device lab runs on x86_64 only; this is $(uname -m)"
for tool in qemu-system-x86_64 busybox cpio modprobe xz ffmpeg setpriv ustreamer; do
  command -v "$tool" >/dev/null || fail "$tool is missing; docs/guides/device-lab.md has the packages"
done
mkdir -p "$LAB/debs"
rm -f "$LAB/prepared"
rm -rf "$LAB/kernel" "$LAB/udev" "$LAB/fixtures"
mkdir -p "$LAB/kernel" "$LAB/udev" "$LAB/fixtures"

# --- packages of Debian 12, unpacked and not installed. Where this machine has no lists of packages, or old ones, lists of our own are fetched
cd "$LAB/debs"
APT='-o APT::Sandbox::User=root'
download() {
  name=$(apt-cache $APT depends linux-image-amd64 2>/dev/null | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -1)
  [ -n "$name" ] || return 1
  say "fetching the packages $name (71 MB) and udev"
  rm -f ./*.deb
  apt-get -qq $APT download "$name" udev
}
if ! ls linux-image-*_*.deb udev_*.deb >/dev/null 2>&1; then
  command -v apt-get >/dev/null ||
    fail "the lab's kernel comes from Debian 12 by apt-get, which is not here; put the files linux-image-6.1.*-amd64_*.deb and udev_*.deb of Debian 12 into $LAB/debs"
  if ! download; then
    say "fetching lists of packages"
    mkdir -p "$LAB/apt/lists/partial" "$LAB/apt/cache/archives/partial"
    APT="$APT -o Dir::State::Lists=$LAB/apt/lists -o Dir::Cache=$LAB/apt/cache"
    apt-get -qq $APT update || true
    download || fail "apt-get cannot fetch linux-image-amd64 and udev; put the files linux-image-6.1.*-amd64_*.deb and udev_*.deb of Debian 12 into $LAB/debs"
    rm -rf "$LAB/apt"
  fi
fi
# The tar archive inside a package.
contents() {
  if command -v dpkg-deb >/dev/null; then dpkg-deb --fsys-tarfile "$1"; else ar p "$1" data.tar.xz | xz -dc; fi
}

# --- the few files of the kernel package that matter (18 MB of 400)
say "unpacking the kernel"
K=./lib/modules/*/kernel
contents "$(ls linux-image-*_*.deb | tail -1)" | tar -x -C "$LAB/kernel" --wildcards \
  './boot/vmlinuz-*' './lib/modules/*/modules.*' \
  "$K/drivers/virtio/*" "$K/net/9p/*" "$K/fs/9p/*" "$K/fs/netfs/*" "$K/fs/fscache/*" "$K/fs/overlayfs/*" "$K/fs/configfs/*" \
  "$K/drivers/media/cec/*" "$K/drivers/media/common/*" "$K/drivers/media/mc/*" "$K/drivers/media/rc/rc-core.ko" \
  "$K/drivers/media/test-drivers/*" "$K/drivers/media/usb/uvc/*" "$K/drivers/media/v4l2-core/*" \
  "$K/drivers/usb/common/*" "$K/drivers/usb/core/*" "$K/drivers/usb/usbip/*" \
  "$K/drivers/net/virtio_net.ko" "$K/drivers/net/net_failover.ko" "$K/net/core/failover.ko"
KVER=$(basename "$(ls -d "$LAB"/kernel/lib/modules/* | tail -1)")
depmod -b "$LAB/kernel" "$KVER" 2>/dev/null

# --- bzImage payload (xz) -> plain ELF, which QEMU enters directly: saves 3 s of decompression under software emulation
Z=$LAB/kernel/boot/vmlinuz-$KVER
u8() { od -An -tu1 -j"$1" -N1 "$Z" | tr -d ' '; }
u32() { od -An -tu4 -j"$1" -N4 "$Z" | tr -d ' '; }
SETUP=$(u8 497)
tail -c +$(( (${SETUP:-4} + 1) * 512 + $(u32 584) + 1 )) "$Z" | head -c "$(u32 588)" | xz -dc --single-stream > "$LAB/vmlinux.new" 2>/dev/null || true
[ "$(head -c 4 "$LAB/vmlinux.new" | tail -c 3)" = ELF ] ||
  fail "the kernel is not that of Debian 12; put the files linux-image-6.1.*-amd64_*.deb and udev_*.deb of Debian 12 into $LAB/debs"
mv "$LAB/vmlinux.new" "$LAB/vmlinux"

# --- a udev daemon, for the cases in which permissions come late. Its database of hardware is not needed
contents "$(ls udev_*.deb | tail -1)" | tar -x -C "$LAB/udev" --wildcards \
  './bin/*' './lib/systemd/systemd-udevd' './lib/udev/*_id' './lib/udev/rules.d/*'

# --- initramfs: busybox, and the modules that lead to the 9p root and the network
T=$(mktemp -d "$LAB/initramfs.XXXXXX")
trap 'rm -rf "$T"' EXIT
mkdir -p "$T/bin" "$T/m" "$T/proc" "$T/sys" "$T/dev" "$T/host" "$T/rw" "$T/new"
cp "$(command -v busybox)" "$T/bin/busybox"
# Where busybox is not static its libraries come along.
ldd "$T/bin/busybox" 2>/dev/null | grep -o '/[^ ]*' | while read -r so; do mkdir -p "$T$(dirname "$so")" && cp -L "$so" "$T$so"; done
for a in sh mount insmod mkdir switch_root; do ln -s busybox "$T/bin/$a"; done
for m in virtio_pci 9pnet_virtio 9p overlay virtio_net; do modprobe -d "$LAB/kernel" -S "$KVER" --show-depends $m; done | awk '!s[$2]++{print $2}' |
while read -r ko; do cp "$ko" "$T/m/"; basename "$ko" >> "$T/m/order"; done
cp "$HERE/guest/init" "$T/init"
chmod 755 "$T/init"
( cd "$T" && find . | cpio -o -H newc --quiet ) > "$LAB/initramfs.cpio"

# --- test pictures: 64 frames a size, each with its number as eight boxes along the top edge
say "making test pictures"
cd "$LAB/fixtures"
BOXES="drawbox=x=0:y=0:w=iw:h=24:color=black:t=fill"
for bit in 0 1 2 3 4 5 6 7; do
  BOXES="$BOXES,drawbox=x=iw*$bit/8:y=0:w=iw/8:h=24:color=white:t=fill:enable='gte(mod(floor(n/pow(2\,$bit))\,2)\,1)'"
done
for size in 320x240 640x480; do
  ffmpeg -v error -y -f lavfi -i "testsrc2=size=$size:rate=30,$BOXES" -frames:v 64 -pix_fmt yuvj422p -q:v 5 -f mjpeg $size.mjpeg
  ffmpeg -v error -y -f lavfi -i "testsrc2=size=$size:rate=30,$BOXES" -frames:v 60 -pix_fmt yuv420p -c:v libx264 -profile:v baseline \
    -preset veryfast -tune zerolatency -g 15 -keyint_min 15 -bf 0 -x264-params aud=1:repeat-headers=1:scenecut=0 -crf 26 -f h264 $size.h264
done
