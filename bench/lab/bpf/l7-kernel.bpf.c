// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// EXPERIMENTAL. Judges gRPC methods in the kernel, as an article imagines that Cilium does: at tc ingress of the
// caller's veth, L4 look-up -> order of TCP segments -> HTTP/2 frames -> HPACK -> a rule per identity x method. It is
// built to be measured, and to show why nobody ships it: docs/l7-kernel.md. Needs bpf_loop, Linux 5.17.
//
// Only what comes from the caller is seen. What cannot be judged (TLS, a connection older than the program, a header
// block above 1 KiB) is dropped, and counted.
#include "l7-frames.h"

#define IP_AT ETH_HLEN
#define TCP_AT (ETH_HLEN + sizeof(struct iphdr))

// Turns the packet into a RST for its own sender.
static __always_inline int answer_reset(struct __sk_buff *skb, struct l7_counters *count)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	__be16 length = bpf_htons(sizeof(*ip) + sizeof(*tcp));
	__u8 mac[ETH_ALEN];
	__be32 address;
	__be16 port;
	__u32 sum;

	if ((void *)(tcp + 1) > end)
		return TC_ACT_SHOT;
	__builtin_memcpy(mac, eth->h_source, ETH_ALEN);
	__builtin_memcpy(eth->h_source, eth->h_dest, ETH_ALEN);
	__builtin_memcpy(eth->h_dest, mac, ETH_ALEN);
	address = ip->saddr;
	ip->saddr = ip->daddr;
	ip->daddr = address;
	port = tcp->source;
	tcp->source = tcp->dest;
	tcp->dest = port;
	tcp->seq = tcp->ack_seq;
	tcp->ack_seq = 0;
	((__u8 *)tcp)[12] = sizeof(*tcp) / 4 << 4;
	((__u8 *)tcp)[13] = 4; // RST
	tcp->window = 0;
	sum = (__u16)~ip->check + (__u16)~ip->tot_len + length;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	ip->check = ~sum;
	ip->tot_len = length;
	if (bpf_skb_change_tail(skb, ETH_HLEN + sizeof(*ip) + sizeof(*tcp), 0))
		return TC_ACT_SHOT;
	count->reset++;
	return bpf_redirect(skb->ifindex, 0);
}

static __always_inline int refuse(struct __sk_buff *skb, struct l7_counters *count, __u32 action)
{
	count->dropped++;
	return action == RESET ? answer_reset(skb, count) : TC_ACT_SHOT;
}

// What cannot be judged goes through only where nothing is enforced.
static __always_inline int unjudged(struct l7_counters *count, __u32 action, __u32 why)
{
	count->unjudged++;
	count->why[why & 7]++;
	return action == OBSERVE ? TC_ACT_OK : TC_ACT_SHOT;
}

static __always_inline int begin(struct connection_key *key, __u32 seq)
{
	__u32 zero = 0;
	struct connection *fresh = bpf_map_lookup_elem(&tg_l7_fresh, &zero);

	if (!fresh)
		return TC_ACT_SHOT;
	fresh->next = seq + 1;
	fresh->table_limit = 4096;
	return bpf_map_update_elem(&tg_l7_conn, key, fresh, BPF_ANY) ? TC_ACT_SHOT : TC_ACT_OK;
}

// Judges the new bytes of a segment: from `work->at` on.
static __always_inline int judge(struct __sk_buff *skb, struct connection *conn, struct l7_counters *count,
				 struct work *work, __u32 seq_end)
{
	struct walk walk = { .skb = skb, .conn = conn, .count = count, .work = work };

	work->outcome = ALLOWED;
	work->why = 0;
	work->block_at = 0;
	bpf_loop(MOST_STEPS, take_piece, &walk, 0);
	if (!work->why && work->outcome != SHUT && work->at < work->end)
		work->why = TOO_MANY_PIECES;
	if (work->why) {
		conn->why = work->why;
		count->unjudged++;
		count->why[work->why & 7]++;
	}
	if ((work->why || work->outcome == SHUT) && work->action != OBSERVE) {
		conn->closed = work->action == RESET ? RESET : DROP;
		return refuse(skb, count, conn->closed); // nothing of this packet goes through
	}
	conn->next = seq_end;
	return TC_ACT_OK;
}

SEC("tc")
int tg_l7_ingress(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct tcphdr *tcp = (void *)(ip + 1);
	struct connection_key key;
	struct l7_counters *count;
	struct connection *conn;
	struct work *work;
	__u32 zero = 0, identity, *action, seq, payload_at, packet_end, bytes;
	__s32 ahead;

	if ((void *)(eth + 1) > end)
		return TC_ACT_SHOT;
	if (eth->h_proto == bpf_htons(ETH_P_ARP))
		return TC_ACT_OK;
	if (eth->h_proto != bpf_htons(ETH_P_IP) || (void *)(tcp + 1) > end)
		return TC_ACT_SHOT;
	if (ip->protocol != IPPROTO_TCP || ip->ihl != 5 || !allowed_by(skb, ip, end, &identity))
		return TC_ACT_SHOT;

	count = bpf_map_lookup_elem(&tg_l7_count, &identity);
	action = bpf_map_lookup_elem(&tg_l7_action, &identity);
	work = bpf_map_lookup_elem(&tg_l7_work, &zero);
	if (!count || !action || !work)
		return TC_ACT_SHOT;
	count->packets++;
	key = (struct connection_key){ ip->saddr, ip->daddr, tcp->source, tcp->dest };
	seq = bpf_ntohl(tcp->seq);
	payload_at = TCP_AT + tcp->doff * 4;
	packet_end = ip->tot_len ? IP_AT + bpf_ntohs(ip->tot_len) : skb->len; // 0: a packet above 64 KiB
	bytes = packet_end > payload_at ? packet_end - payload_at : 0;
	if (tcp->syn)
		return bytes ? unjudged(count, *action, UNKNOWN_CONNECTION) : begin(&key, seq);
	if (tcp->rst || !bytes)
		return TC_ACT_OK;

	conn = bpf_map_lookup_elem(&tg_l7_conn, &key);
	if (!conn)
		return unjudged(count, *action, UNKNOWN_CONNECTION);
	if (conn->why && *action == OBSERVE)
		return unjudged(count, OBSERVE, conn->why);
	if (conn->closed && (__s32)(seq + bytes - conn->next) > 0)
		return refuse(skb, count, conn->closed);
	ahead = seq - conn->next;
	if (ahead > 0) { // a hole: TCP fills it, and sends this again
		count->out_of_order++;
		return *action == OBSERVE ? TC_ACT_OK : TC_ACT_SHOT;
	}
	if ((__s32)(seq + bytes - conn->next) <= 0) { // judged before, or so it seems: docs/l7-kernel.md, "Attacks"
		count->retransmitted++;
		return TC_ACT_OK;
	}
	work->at = payload_at - ahead;
	work->end = packet_end;
	work->tcp = TCP_AT;
	work->identity = identity;
	work->action = *action;
	return judge(skb, conn, count, work, seq + bytes);
}

// One of the strings the kernel takes for GPL-compatible; the source may be had under Apache-2.0 as well.
char LICENSE[] SEC("license") = "GPL";
