#!/bin/sh
# prepare.sh - one-off: a Debian kernel, only the modules that the lab needs, and the test pictures. Installs nothing on the host.
# needs: apt-get install --no-install-recommends qemu-system-x86 busybox-static cpio kmod xz-utils ffmpeg
# makes $LAB/{vmlinux,kver,initramfs.cpio,kernel/lib/modules/<kver>,udev,fixtures}
set -eu
export PATH="$PATH:/usr/sbin:/sbin"
LAB=${LAB:-${XDG_CACHE_HOME:-$HOME/.cache}/camera-service/lab}
HERE=$(cd "$(dirname "$0")" && pwd)
for tool in qemu-system-x86_64 busybox cpio modprobe xz ffmpeg apt-get dpkg-deb setpriv; do
  command -v "$tool" >/dev/null || { echo "prepare.sh: $tool is missing" >&2; exit 1; }
done
mkdir -p "$LAB/debs" "$LAB/kernel" "$LAB/fixtures"

# --- kernel package: unpack the few files of it that matter (18 MB of 400)
cd "$LAB/debs"
KPKG=${KPKG:-$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9][^ ]*\).*/\1/p' | head -1)}
[ -n "$KPKG" ] || { echo "prepare.sh: no kernel package known; run apt-get update" >&2; exit 1; }
ls "$KPKG"_*.deb >/dev/null 2>&1 || apt-get download -qq -o APT::Sandbox::User=root "$KPKG"
K=./lib/modules/*/kernel
dpkg-deb --fsys-tarfile "$(ls "$KPKG"_*.deb | tail -1)" | tar -x -C "$LAB/kernel" --wildcards \
  './boot/vmlinuz-*' './lib/modules/*/modules.*' \
  "$K/drivers/virtio/*" "$K/net/9p/*" "$K/fs/9p/*" "$K/fs/netfs/*" "$K/fs/fscache/*" "$K/fs/overlayfs/*" "$K/fs/configfs/*" \
  "$K/drivers/media/cec/*" "$K/drivers/media/common/*" "$K/drivers/media/mc/*" "$K/drivers/media/rc/rc-core.ko" \
  "$K/drivers/media/test-drivers/*" "$K/drivers/media/usb/uvc/*" "$K/drivers/media/v4l2-core/*" \
  "$K/drivers/usb/common/*" "$K/drivers/usb/core/*" "$K/drivers/usb/usbip/*" \
  "$K/drivers/net/virtio_net.ko" "$K/drivers/net/net_failover.ko" "$K/net/core/failover.ko"
KVER=$(basename "$(ls -d "$LAB"/kernel/lib/modules/* | tail -1)")
echo "$KVER" > "$LAB/kver"
depmod -b "$LAB/kernel" "$KVER" 2>/dev/null

# --- bzImage payload (xz) -> plain ELF, which QEMU enters directly: saves 3 s of decompression under software emulation
Z=$LAB/kernel/boot/vmlinuz-$KVER
u8() { od -An -tu1 -j"$1" -N1 "$Z" | tr -d ' '; }
u32() { od -An -tu4 -j"$1" -N4 "$Z" | tr -d ' '; }
SETUP=$(u8 497)
tail -c +$(( (${SETUP:-4} + 1) * 512 + $(u32 584) + 1 )) "$Z" | head -c "$(u32 588)" | xz -dc --single-stream > "$LAB/vmlinux.new" 2>/dev/null || true
[ "$(head -c 4 "$LAB/vmlinux.new" | tail -c 3)" = ELF ] || { echo "prepare.sh: the kernel is not xz-compressed as in Debian 12" >&2; exit 1; }
mv "$LAB/vmlinux.new" "$LAB/vmlinux"

# --- a udev daemon, for the cases in which permissions come late. Its database of hardware is not needed
cd "$LAB/debs"
ls udev_*.deb >/dev/null 2>&1 || apt-get download -qq -o APT::Sandbox::User=root udev
mkdir -p "$LAB/udev"
dpkg-deb --fsys-tarfile "$(ls udev_*.deb | tail -1)" | tar -x -C "$LAB/udev" --wildcards \
  './bin/*' './lib/systemd/systemd-udevd' './lib/udev/*_id' './lib/udev/rules.d/*'

# --- initramfs: busybox, and the modules that lead to the 9p root and the network
T=$(mktemp -d "$LAB/initramfs.XXXXXX")
trap 'rm -rf "$T"' EXIT
mkdir -p "$T/bin" "$T/m" "$T/proc" "$T/sys" "$T/dev" "$T/host" "$T/rw" "$T/new"
cp "$(command -v busybox)" "$T/bin/busybox"
for a in sh mount insmod mkdir switch_root; do ln -s busybox "$T/bin/$a"; done
for m in virtio_pci 9pnet_virtio 9p overlay virtio_net; do modprobe -d "$LAB/kernel" -S "$KVER" --show-depends $m; done | awk '!s[$2]++{print $2}' |
while read -r ko; do cp "$ko" "$T/m/"; basename "$ko" >> "$T/m/order"; done
cp "$HERE/guest/init" "$T/init"
chmod 755 "$T/init"
( cd "$T" && find . | cpio -o -H newc --quiet ) > "$LAB/initramfs.cpio"

# --- test pictures: 64 frames a size, each with its number as eight boxes along the top edge
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
# --- last: whoever finds this file finds all of the above
touch "$LAB/prepared.2"
