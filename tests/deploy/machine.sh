#!/bin/bash
# One machine of a test: its own root (this machine's, with changes in memory), processes, name and
# network. Becomes its process 1. Words: NAME SSH-FOLDER SHARED UV-CACHE.
set -euo pipefail
name=$1 ssh=$2 shared=$3 cache=$4
mount --make-rprivate /
mount -t tmpfs -o size=3g,mode=755 tmpfs /mnt
mkdir /mnt/{changes,work,cache,cache-work,ssh,root}
cp "$ssh"/* /mnt/ssh
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/changes,workdir=/mnt/work /mnt/root
cd /mnt/root
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs -o size=64m tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p run/lock run/sshd srv/cluster srv/packages
mount --bind "$shared" srv/cluster
mount -t overlay overlay -o "lowerdir=$cache,upperdir=/mnt/cache,workdir=/mnt/cache-work" srv/packages
# What this machine's packages and other tests left: a machine that was just made has none of it.
rm -rf etc/slurm/slurm.conf etc/arc.conf etc/waystation etc/default/slurmd opt/waystation \
  var/lib/waystation var/lib/slurm/*/* var/spool/arc var/log/arc var/log/slurm/* \
  etc/init.d/waystation
rm -f etc/munge/munge.key
head -c 1024 /dev/urandom > etc/munge/munge.key   # each package makes its own
chown munge: etc/munge/munge.key
chmod 600 etc/munge/munge.key
chmod 700 var/lib/munge var/log/munge
hostname "$name"
echo "$name" > etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" > etc/hosts
mkdir -p run/ssh
cp /mnt/ssh/* run/ssh
mkdir -p mnt/before
pivot_root . mnt/before
cd /
umount -l /mnt/before
ip link set lo up
exec /usr/bin/python3 -c '
import os, subprocess
words = "-D -e -f /dev/null -p 22 -o HostKey=/run/ssh/host -o AuthorizedKeysFile=/run/ssh/key.pub"
words += " -o PidFile=none -o UsePAM=no -o StrictModes=no -o UseDNS=no -o PermitRootLogin=yes"
words += " -o PasswordAuthentication=no -o MaxSessions=50 -o MaxStartups=50"
words += " -o Subsystem=sftp@/usr/lib/openssh/sftp-server"
words = [word.replace("@", " ") for word in words.split()]
subprocess.Popen(["/usr/sbin/sshd", *words], stdin=subprocess.DEVNULL)
print("up", flush=True)
while True:
    os.wait()  # of everything that is left without a parent, too
'
