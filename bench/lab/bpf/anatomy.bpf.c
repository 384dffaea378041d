// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// Anatomy of a call: one time stamp at each of the eight places where a call with its answer passes tc, for one call in
// flight on one road. A packet counts at the first place it has not yet passed, in order; the time between two places is
// a segment, and a call is booked when its answer reaches the caller's link.
//
// Only packets long enough to hold a call count: window updates and acknowledgements of settings are shorter. What runs
// here decides nothing about a packet.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

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

// Histograms with 64 steps to each power of two (1.6 %), up to 16.7 ms; what is longer lies in the last bucket.
#define STEPS 64
#define BUCKETS (STEPS + 18 * STEPS)

// Written by user space to begin and to end; nothing is booked while `armed` is 0.
struct watch {
	__u32 armed;
	__be32 server;      // the road's server
	__be16 port;
	__u16 least_bytes;  // of TCP payload: what is shorter is no call
	__u32 passed;       // places that the call in flight has passed
	__u64 booked;
	__u64 abandoned;    // calls that the next one overtook
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

static __always_inline void pass(struct watch *watch, __u32 place, __u64 now)
{
	if (place == CALLER_OUT) {
		if (watch->passed)
			watch->abandoned++;
	} else if (place != watch->passed) {
		return;
	}
	watch->at[place] = now;
	watch->passed = place + 1;
	if (place != CALLER_IN)
		return;
#pragma unroll
	for (__u32 i = 1; i < POINTS; i++)
		book(i, watch->at[i] - watch->at[i - 1]);
	book(0, watch->at[CALLER_IN] - watch->at[CALLER_OUT]);
	watch->passed = 0;
	watch->booked++;
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
