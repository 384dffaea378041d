#!/bin/sh
# Builds the programs, which are committed beside their sources so that running the lab needs no compiler.
#   build.sh [FOLDER]      CLANG=clang-14 by default (Debian 12); needs libbpf-dev and the kernel's user-space headers
set -eu
cd "$(dirname "$0")"
for program in policy l7-kernel anatomy anatomy-full; do
  "${CLANG:-clang-14}" -O2 -g -target bpf -Wall -Werror \
    -I"/usr/include/$(uname -m)-linux-gnu" \
    -fdebug-prefix-map="$PWD"=. \
    -c $program.bpf.c -o "${1:-.}/$program.bpf.o"
done
