// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// What both levels of an anatomy share: one call in flight on one road, one time stamp at each place it passes. Places
// have numbers in the order in which a call meets them; a call begins at place 0, and is booked at the last one. A place
// counts when every place before it that this road has was passed, and none behind it.
//
// Whoever includes this says how many places there are: POINTS.
#pragma once
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

// Histograms with 64 steps to each power of two (1.6 %), up to 16.7 ms; what is longer lies in the last bucket.
#define STEPS 64
#define BUCKETS (STEPS + 18 * STEPS)

enum { CALLER, NODE, SERVER, SIDES };

// Written by user space to begin and to end; nothing is booked while `armed` is 0. The layout is that of anatomy-maps.ts.
struct watch {
	__u32 armed;
	__be32 server;       // the road's server
	__be16 port;
	__u16 least_bytes;   // of TCP payload: what is shorter is no call
	__u32 expected;      // a bit for each place that every call of this road passes
	__u32 optional;      // and for each that it may pass: a process that runs already is not woken
	__u32 netns[SIDES];  // whose socket it is
	__u32 passed;        // places that the call in flight has passed
	__u64 booked;
	__u64 abandoned;     // calls that the next one overtook
	__u64 at[POINTS];
};

// By the place that ends the segment; 0 is the whole way from the first to the last place.
struct segment {
	__u64 calls;
	__u64 sum_ns;
	__u32 buckets[BUCKETS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct watch);
} tg_an_watch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POINTS);
	__type(key, __u32);
	__type(value, struct segment);
} tg_an_segment SEC(".maps");

static __always_inline __u32 bucket_of(__u64 ns)
{
	__u32 log = 0;
	__u64 rest = ns, index;

	if (ns < STEPS)
		return ns;
	if (ns >> 24)
		return BUCKETS - 1;
#pragma unroll
	for (int shift = 16; shift >= 1; shift /= 2)
		if (rest >> shift) {
			log += shift;
			rest >>= shift;
		}
	index = STEPS + (log - 6) * STEPS + (ns >> (log - 6)) - STEPS;
	return index < BUCKETS ? index : BUCKETS - 1;
}

static __always_inline void book(__u32 place, __u64 ns)
{
	struct segment *segment = bpf_map_lookup_elem(&tg_an_segment, &place);
	__u64 bucket = bucket_of(ns);

	// The barrier keeps the bound in the register that the verifier looks at.
	asm volatile("" : "+r"(bucket));
	if (!segment || bucket >= BUCKETS)
		return;
	segment->calls++;
	segment->sum_ns += ns;
	segment->buckets[bucket]++;
}

// Segments of places that a call did not pass because nobody had to be woken are empty, and no time goes missing: the
// next segment begins where the last one ended.
static __always_inline void book_call(struct watch *watch)
{
	__u64 previous = watch->at[0];

	for (__u32 i = 1; i < POINTS; i++) {
		if (!((watch->expected | watch->optional) >> i & 1))
			continue;
		if (!(watch->passed >> i & 1))
			watch->at[i] = previous;
		book(i, watch->at[i] - previous);
		previous = watch->at[i];
	}
	book(0, previous - watch->at[0]);
	watch->passed = 0;
	watch->booked++;
}

// `place` is a constant.
static __always_inline void pass(struct watch *watch, __u32 place, __u64 now)
{
	__u32 before = (1u << place) - 1;

	if (place == 0) {
		if (watch->passed == 1)
			return; // the rest of what is being sent
		if (watch->passed)
			watch->abandoned++;
		watch->passed = 0;
	} else if (!((watch->expected | watch->optional) >> place & 1) || watch->passed > before ||
		   watch->expected & before & ~watch->passed) {
		return;
	}
	watch->at[place] = now;
	watch->passed |= 1u << place;
	if (place == POINTS - 1)
		book_call(watch);
}

static __always_inline int stamp(struct __sk_buff *skb, __u32 place, int is_request)
{
	__u64 now = bpf_ktime_get_ns();
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + ETH_HLEN;
	struct tcphdr *tcp = (void *)(ip + 1);
	__u32 zero = 0;
	struct watch *watch = bpf_map_lookup_elem(&tg_an_watch, &zero);

	if (!watch || !watch->armed || (void *)(tcp + 1) > end)
		return TC_ACT_UNSPEC;
	if (ip->protocol != IPPROTO_TCP || ip->ihl != 5)
		return TC_ACT_UNSPEC;
	if (is_request ? ip->daddr != watch->server || tcp->dest != watch->port
		       : ip->saddr != watch->server || tcp->source != watch->port)
		return TC_ACT_UNSPEC;
	if (bpf_ntohs(ip->tot_len) >= sizeof(*ip) + tcp->doff * 4 + watch->least_bytes)
		pass(watch, place, now);
	return TC_ACT_UNSPEC;
}

#define PLACE(name, place, is_request)                  \
	SEC("tc")                                       \
	int name(struct __sk_buff *skb)                 \
	{                                               \
		return stamp(skb, place, is_request);   \
	}
