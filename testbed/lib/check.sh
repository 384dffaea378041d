#!/bin/bash
# check.sh: what this machine lacks to be a testbed, one line each on stdout; exit code 1 when anything lacks.
HERE=$(cd "$(dirname "$0")/.." && pwd); . $HERE/lib/env.sh; set +e
LACKS=0
lack() { echo "$1: $2"; LACKS=1; }
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }
has() { command -v "$1" >/dev/null 2>&1; }
mib_free() { d=$1; while [ ! -d "$d" ]; do d=$(dirname "$d"); done; df -Pm "$d" | awk 'NR==2{print $4}'; }

[ "$(uname -s)" = Linux ] || { lack system "Linux is needed, this is $(uname -s)"; exit 1; }
[ "$(uname -m)" = x86_64 ] || lack machine "x86-64 is needed (the Envoy wheel is), this is $(uname -m)"
[ "$(id -u)" = 0 ] || lack root "namespaces, cgroups and BPF need root, this is user id $(id -u)"
at_least "$(uname -r | grep -o '^[0-9.]*[0-9]')" 5.10 || lack kernel "Linux 5.10 or newer is needed, this is $(uname -r)"
[ -e /sys/fs/bpf ] || lack BPF "the kernel has no BPF file system (CONFIG_BPF_SYSCALL)"
for c in cpu cpuacct cpuset memory devices freezer blkio pids systemd unified; do
  [ -d /sys/fs/cgroup/$c ] || { lack cgroups "version 1 with a unified hierarchy beside it is needed, /sys/fs/cgroup/$c is missing (boot with systemd.unified_cgroup_hierarchy=0)"; break; }
done
has apt-get || lack apt-get "Debian 12 or like it is needed: packages are installed with apt-get"
for p in go node npm python3 kubectl; do has $p || lack $p "is not on the PATH"; done
has go && { v=$(go env GOVERSION | sed 's/^go//; s/[^0-9.].*//'); at_least "$v" 1.25 || lack go "1.25 or newer is needed, this is $v"; }
has node && { v=$(node -p process.versions.node); at_least "$v" 20 || lack node "20 or newer is needed, this is $v"; }
has python3 && { python3 -m pip --version >/dev/null 2>&1 || lack pip "python3 has no pip: apt-get install python3-pip"; }
m=$(awk '/^MemAvailable/{print int($2/1024)}' /proc/meminfo); [ "$m" -ge 4000 ] || lack memory "4 GiB are needed, $m MiB are available"
# what is built already needs no room any more
if [ -f "$CACHE/cilium-$CILIUM_OTHER/.key" ]; then want=1500; else want=12000; fi
f=$(mib_free "$CACHE"); [ "$f" -ge $want ] || lack disk "$want MiB are needed under $CACHE, $f MiB are free (another place: TESTBED_CACHE)"
exit $LACKS
