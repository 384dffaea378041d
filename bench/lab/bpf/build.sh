#!/bin/sh
# Builds policy.bpf.o, which is committed beside its source so that running the lab needs no compiler.
#   build.sh [OUTPUT]      CLANG=clang-14 by default (Debian 12); needs libbpf-dev and the kernel's user-space headers
set -eu
cd "$(dirname "$0")"
"${CLANG:-clang-14}" -O2 -g -target bpf -Wall -Werror \
  -I"/usr/include/$(uname -m)-linux-gnu" \
  -fdebug-prefix-map="$PWD"=. \
  -c policy.bpf.c -o "${1:-policy.bpf.o}"
