//! Who has how many of what there is only so much of: nobody may have more than is left for all others. Pure.

use std::net::{IpAddr, Ipv6Addr};

/// What counts as one network here: an IPv4 address, or the /48 in IPv6 that a home, a school or a tunnel is given at the most.
pub(crate) fn site(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 80)).into(),
    }
}
