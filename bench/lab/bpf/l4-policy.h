// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// The look-up that both programs of the lab begin with: source address -> identity; identity x port x protocol ->
// allowed and counted. Each program has maps of its own.
#pragma once
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

// What Cilium calls reserved:world: whoever has no identity of its own.
#define WORLD_IDENTITY 2

struct policy_key {
	__u32 identity;
	__be16 dport;
	__u8 protocol;
	__u8 pad;
};

struct policy_entry {
	__u64 packets;
	__u64 bytes;
	__u32 proxy_mark; // 0: the packet goes on to its destination
	__u32 pad;
};

struct denied_key {
	__be32 saddr;
	__be16 dport;
	__u8 protocol;
	__u8 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __be32);
	__type(value, __u32);
} tg_identity SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, struct policy_key);
	__type(value, struct policy_entry);
} tg_policy SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct denied_key);
	__type(value, __u64);
} tg_denied SEC(".maps");

static __always_inline void deny(struct iphdr *ip, __be16 dport)
{
	struct denied_key key = { .saddr = ip->saddr, .dport = dport, .protocol = ip->protocol };
	__u64 *count = bpf_map_lookup_elem(&tg_denied, &key);

	if (count) {
		__sync_fetch_and_add(count, 1);
	} else {
		__u64 one = 1;

		bpf_map_update_elem(&tg_denied, &key, &one, BPF_ANY);
	}
}

// The destination port of TCP and UDP, 0 for all else. False: the packet is too short for its own protocol.
static __always_inline int destination_port(struct iphdr *ip, void *end, __be16 *dport)
{
	void *transport = (void *)ip + ip->ihl * 4;

	*dport = 0;
	if (ip->protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = transport;

		if ((void *)(tcp + 1) > end)
			return 0;
		*dport = tcp->dest;
	} else if (ip->protocol == IPPROTO_UDP) {
		struct udphdr *udp = transport;

		if ((void *)(udp + 1) > end)
			return 0;
		*dport = udp->dest;
	}
	return 1;
}

// The entry that allows this packet, which is counted; null when none does, and the packet was counted as denied.
static __always_inline struct policy_entry *allowed_by(struct __sk_buff *skb, struct iphdr *ip, void *end,
						       __u32 *identity)
{
	struct policy_key key = {};
	struct policy_entry *entry;
	__u32 *known;

	// A fragment carries no ports, or ports of an attacker's choice: none is expected on these links.
	if (ip->frag_off & bpf_htons(0x3fff) || !destination_port(ip, end, &key.dport)) {
		deny(ip, 0);
		return 0;
	}
	known = bpf_map_lookup_elem(&tg_identity, &ip->saddr);
	*identity = known ? *known : WORLD_IDENTITY;
	key.identity = *identity;
	key.protocol = ip->protocol;
	entry = bpf_map_lookup_elem(&tg_policy, &key);
	if (!entry) {
		deny(ip, key.dport);
		return 0;
	}
	__sync_fetch_and_add(&entry->packets, 1);
	__sync_fetch_and_add(&entry->bytes, skb->len);
	return entry;
}
