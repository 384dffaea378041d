// SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0
//
// EXPERIMENTAL. Anatomy of a call, level full: beside the eight places of level tc, when each process sends, when data
// lies ready for it, when it runs again, and when it has read. By tracepoints: tcp_sendmsg_locked (Linux 6.16),
// sk_data_ready (6.2), sock_recv_length (6.3), sched_switch (any, with BTF). Whose socket it is, is told by its network
// namespace; which leg of Envoy, by its port.
enum {
	CALLER_SEND,
	CALLER_OUT,
	NODE_IN,
	ENVOY_READY,
	ENVOY_RUN,
	ENVOY_READ,
	ENVOY_WRITE,
	NODE_OUT,
	SERVER_IN,
	SERVER_READY,
	SERVER_RUN,
	SERVER_READ,
	SERVER_WRITE,
	SERVER_OUT,
	NODE_IN_BACK,
	ENVOY_READY_BACK,
	ENVOY_RUN_BACK,
	ENVOY_READ_BACK,
	ENVOY_WRITE_BACK,
	NODE_OUT_BACK,
	CALLER_IN,
	CALLER_READY,
	CALLER_RUN,
	CALLER_READ,
	POINTS,
};
#include "anatomy.h"
#include <bpf/bpf_tracing.h>

// What is looked at of the kernel's own types; where it lies there is found out when the program is loaded (CO-RE).
#define KERNEL __attribute__((preserve_access_index))
struct ns_common {
	unsigned int inum;
} KERNEL;
struct net {
	struct ns_common ns;
} KERNEL;
typedef struct {
	struct net *net;
} KERNEL possible_net_t;
struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	possible_net_t skc_net;
} KERNEL;
struct sock {
	struct sock_common __sk_common;
} KERNEL;
struct iov_iter {
	unsigned long count;
} KERNEL;
struct msghdr {
	struct iov_iter msg_iter;
} KERNEL;
struct task_struct {
	int pid;
} KERNEL;

// The threads that read last: they are the ones that a call waits for. By side.
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SIDES);
	__type(key, __u32);
	__type(value, __u32);
} tg_an_reader SEC(".maps");

// The ends of a road's connections, as a socket of this road is one of them.
enum { OF_NOBODY, OF_CALLER, OF_SERVER, OF_ENVOY_TO_CALLER, OF_ENVOY_TO_SERVER };

static __always_inline struct watch *armed_watch(void)
{
	__u32 zero = 0;
	struct watch *watch = bpf_map_lookup_elem(&tg_an_watch, &zero);

	return watch && watch->armed ? watch : 0;
}

static __always_inline int end_of(struct watch *watch, const struct sock *sk)
{
	int is_served = sk->__sk_common.skc_rcv_saddr == watch->server &&
			sk->__sk_common.skc_num == bpf_ntohs(watch->port);
	int calls = sk->__sk_common.skc_daddr == watch->server && sk->__sk_common.skc_dport == watch->port;
	__u32 netns;

	if (!is_served && !calls)
		return OF_NOBODY;
	netns = sk->__sk_common.skc_net.net->ns.inum;
	if (netns == watch->netns[NODE])
		return is_served ? OF_ENVOY_TO_CALLER : OF_ENVOY_TO_SERVER;
	if (netns == watch->netns[CALLER])
		return OF_CALLER;
	return netns == watch->netns[SERVER] ? OF_SERVER : OF_NOBODY;
}

SEC("tp_btf/tcp_sendmsg_locked")
int BPF_PROG(tg_an_send, const struct sock *sk, const struct msghdr *message)
{
	__u64 now = bpf_ktime_get_ns();
	struct watch *watch = armed_watch();

	if (!watch || message->msg_iter.count < watch->least_bytes)
		return 0;
	switch (end_of(watch, sk)) {
	case OF_CALLER:
		pass(watch, CALLER_SEND, now);
		break;
	case OF_ENVOY_TO_SERVER:
		pass(watch, ENVOY_WRITE, now);
		break;
	case OF_SERVER:
		pass(watch, SERVER_WRITE, now);
		break;
	case OF_ENVOY_TO_CALLER:
		pass(watch, ENVOY_WRITE_BACK, now);
		break;
	}
	return 0;
}

SEC("tp_btf/sk_data_ready")
int BPF_PROG(tg_an_ready, const struct sock *sk)
{
	__u64 now = bpf_ktime_get_ns();
	struct watch *watch = armed_watch();

	if (!watch)
		return 0;
	switch (end_of(watch, sk)) {
	case OF_ENVOY_TO_CALLER:
		pass(watch, ENVOY_READY, now);
		break;
	case OF_SERVER:
		pass(watch, SERVER_READY, now);
		break;
	case OF_ENVOY_TO_SERVER:
		pass(watch, ENVOY_READY_BACK, now);
		break;
	case OF_CALLER:
		pass(watch, CALLER_READY, now);
		break;
	}
	return 0;
}

static __always_inline void remember_reader(__u32 side)
{
	__u32 thread = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&tg_an_reader, &side, &thread, BPF_ANY);
}

SEC("tp_btf/sock_recv_length")
int BPF_PROG(tg_an_read, struct sock *sk, int bytes)
{
	__u64 now = bpf_ktime_get_ns();
	struct watch *watch = armed_watch();

	if (!watch || bytes <= 0)
		return 0;
	switch (end_of(watch, sk)) {
	case OF_ENVOY_TO_CALLER:
		remember_reader(NODE);
		pass(watch, ENVOY_READ, now);
		break;
	case OF_SERVER:
		remember_reader(SERVER);
		pass(watch, SERVER_READ, now);
		break;
	case OF_ENVOY_TO_SERVER:
		remember_reader(NODE);
		pass(watch, ENVOY_READ_BACK, now);
		break;
	case OF_CALLER:
		remember_reader(CALLER);
		pass(watch, CALLER_READ, now);
		break;
	}
	return 0;
}

// Runs at every switch of every CPU of the machine: hence a switch of its own.
SEC("tp_btf/sched_switch")
int BPF_PROG(tg_an_switch, _Bool preempt, struct task_struct *previous, struct task_struct *next)
{
	struct watch *watch = armed_watch();
	__u32 side, *reader;

	if (!watch)
		return 0;
	// The latest place tells who is waited for.
	if (watch->passed >> ENVOY_READY == 1 || watch->passed >> ENVOY_READY_BACK == 1)
		side = NODE;
	else if (watch->passed >> SERVER_READY == 1)
		side = SERVER;
	else if (watch->passed >> CALLER_READY == 1)
		side = CALLER;
	else
		return 0;
	reader = bpf_map_lookup_elem(&tg_an_reader, &side);
	if (!reader || *reader != next->pid)
		return 0;
	if (watch->passed >> ENVOY_READY == 1)
		pass(watch, ENVOY_RUN, bpf_ktime_get_ns());
	else if (side == NODE)
		pass(watch, ENVOY_RUN_BACK, bpf_ktime_get_ns());
	else if (side == SERVER)
		pass(watch, SERVER_RUN, bpf_ktime_get_ns());
	else
		pass(watch, CALLER_RUN, bpf_ktime_get_ns());
	return 0;
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
