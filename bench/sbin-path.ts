/**
 * Where the lab's programs are: ip, tc, nft and bpftool lie in sbin, which Debian leaves out of the PATH of everybody
 * but root, while a lab without root needs them as well.
 */
const SBIN = ["/usr/sbin", "/sbin"];

/** The same PATH with the sbin folders at its end, where they are not in it already. */
export function withSbin(path = ""): string {
  const folders = path.split(":").filter((folder) => folder !== "");
  return [...folders, ...SBIN.filter((folder) => !folders.includes(folder))].join(":");
}
