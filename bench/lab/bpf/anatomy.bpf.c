// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// Anatomy of a call, level tc: one time stamp at each of the eight places where a call with its answer passes tc. The
// time between two places is a segment, and a call is booked when its answer reaches the caller's link.
//
// Only packets long enough to hold a call count: window updates and acknowledgements of settings are shorter. What runs
// here decides nothing about a packet.
enum {
	CALLER_OUT,
	NODE_IN,
	NODE_OUT,
	SERVER_IN,
	SERVER_OUT,
	NODE_IN_BACK,
	NODE_OUT_BACK,
	CALLER_IN,
	POINTS,
};

#include "anatomy.h"

PLACE(tg_an_0, CALLER_OUT, 1)
PLACE(tg_an_1, NODE_IN, 1)
PLACE(tg_an_2, NODE_OUT, 1)
PLACE(tg_an_3, SERVER_IN, 1)
PLACE(tg_an_4, SERVER_OUT, 0)
PLACE(tg_an_5, NODE_IN_BACK, 0)
PLACE(tg_an_6, NODE_OUT_BACK, 0)
PLACE(tg_an_7, CALLER_IN, 0)

// One of the strings the kernel takes for GPL-compatible; the source may be had under Apache-2.0 as well.
char LICENSE[] SEC("license") = "GPL";
