//! What this machine is called and at which addresses others reach it. Looks only; what follows from it is `lan`'s.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, UdpSocket},
    sync::Arc,
};

/// Interfaces that no phone in the room is behind: of containers, virtual machines and tunnels.
const VIRTUAL: [&str; 14] =
    ["docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "lxc", "lxd", "cni", "flannel", "podman", "tun", "tap", "wg"];

/// Names and addresses of a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// In lower case: `classroom.local` (RFC 6762), `classroom`, and the name in its domain if it has one.
    pub names: Vec<String>,
    /// Those that others reach, the likeliest first. No loopback, and no link-local IPv6: that is of no use in an address bar.
    pub addresses: Vec<IpAddr>,
}

/// A way to learn about this machine.
#[derive(Clone)]
pub struct Look(Arc<dyn Fn() -> Machine + Send + Sync>);

impl Look {
    /// Another way than the system's own.
    pub fn new(look: impl Fn() -> Machine + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// What is so now.
    #[must_use]
    pub fn now(&self) -> Machine {
        (self.0)()
    }
}

impl Default for Look {
    fn default() -> Self {
        Self::new(|| Machine { names: names(&gethostname::gethostname().to_string_lossy()), addresses: addresses() })
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Look")
    }
}

/// The names that follow from the host's.
fn names(host: &str) -> Vec<String> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let first = host.split('.').next().unwrap_or_default().to_owned();
    // What an unnamed machine is called; everybody calls themselves so.
    if first == "localhost" {
        return Vec::new();
    }
    let mut names: Vec<String> = Vec::new();
    for name in [format!("{first}.local"), first, host] {
        if is_name(&name) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether a certificate can hold it. A machine called `class_1` is reached by its address.
fn is_name(name: &str) -> bool {
    name.len() <= 253 && rustls::pki_types::DnsName::try_from(name).is_ok() && name.parse::<IpAddr>().is_err()
}

fn addresses() -> Vec<IpAddr> {
    // A machine that can't say has none; what is served on loopback is served all the same.
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    ordered(interfaces.into_iter().map(|interface| (interface.name.clone(), interface.ip())), way_out())
}

/// From which address this machine would go to the world; nothing is sent. None without a way out, as in many schools.
fn way_out() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(198, 51, 100, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The likeliest first: real interfaces, then the one with the way out, then IPv4, then what is private.
fn ordered(interfaces: impl Iterator<Item = (String, IpAddr)>, way_out: Option<IpAddr>) -> Vec<IpAddr> {
    let mut found: Vec<_> = interfaces
        .filter(|(_, address)| is_of_use(*address))
        .map(|(name, address)| {
            let of_containers = VIRTUAL.iter().any(|prefix| name.starts_with(prefix));
            (of_containers, is_unassigned(address), Some(address) != way_out, address.is_ipv6(), !is_private(address), address)
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(|found| found.5).collect()
}

fn is_of_use(address: IpAddr) -> bool {
    let link_local = matches!(address, IpAddr::V6(address) if address.is_unicast_link_local());
    !(address.is_loopback() || address.is_unspecified() || address.is_multicast() || link_local)
}

/// 169.254.0.0/16, which a machine takes that nobody gave an address.
fn is_unassigned(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(address) if address.is_link_local())
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_to_give_to_a_phone_comes_first() {
        let interfaces = [
            ("lo", "127.0.0.1"),
            ("docker0", "172.17.0.1"),
            ("wlan0", "fe80::1"),
            ("wlan0", "2001:db8::7"),
            ("wlan0", "fd00::7"),
            ("wlan0", "192.168.1.7"),
            ("eth0", "10.1.2.3"),
            ("eth1", "169.254.9.9"),
            ("eth0", "203.0.113.5"),
        ];
        let all = || interfaces.iter().map(|(name, address)| ((*name).to_owned(), address.parse().expect("an address")));
        let texts = |way_out: Option<&str>| {
            let way_out = way_out.map(|address| address.parse().expect("an address"));
            ordered(all(), way_out).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let offline = ["10.1.2.3", "192.168.1.7", "203.0.113.5", "fd00::7", "2001:db8::7", "169.254.9.9", "172.17.0.1"];
        assert_eq!(texts(None), offline);
        assert_eq!(texts(Some("192.168.1.7"))[0], "192.168.1.7");
    }

    #[test]
    fn names_are_what_a_certificate_can_hold() {
        assert_eq!(names("Classroom"), ["classroom.local", "classroom"]);
        assert_eq!(names("box.school.example."), ["box.local", "box", "box.school.example"]);
        assert_eq!(names("box.local"), ["box.local", "box"]);
        for none in ["", "localhost", "localhost.localdomain", "сынып", "two words"] {
            assert_eq!(names(none), Vec::<String>::new(), "{none}");
        }
    }
}
