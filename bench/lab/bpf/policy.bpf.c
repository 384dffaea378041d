// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// The lab's L4 policy: what Cilium's program at tc ingress of a pod's veth does with a packet of the pod, without
// conntrack, load balancing and tunnels. Source address -> identity; identity x port x protocol -> allowed, counted and,
// where an L7 rule asks for it, marked for the redirect to the proxy (MARK_MAGIC_TO_PROXY | port << 16, bpf/lib/proxy.h
// of Cilium). What no entry allows is dropped and counted by source address.
//
// Only packets from the client are judged. Answers come in by the server's veth, where no program is: in Cilium,
// conntrack lets them pass.
#include "l4-policy.h"

SEC("tc")
int tg_policy_ingress(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct policy_entry *entry;
	__u32 identity;

	if ((void *)(eth + 1) > end)
		return TC_ACT_SHOT;
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return TC_ACT_OK;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || (void *)(ip + 1) > end)
		return TC_ACT_SHOT;

	entry = allowed_by(skb, ip, end, &identity);
	if (!entry)
		return TC_ACT_SHOT;
	if (entry->proxy_mark)
		skb->mark = entry->proxy_mark;
	return TC_ACT_OK;
}

// One of the strings the kernel takes for GPL-compatible; the source may be had under Apache-2.0 as well.
char LICENSE[] SEC("license") = "GPL";
