//! The machine's vendor and product, from DMI.
//!
//! ```text
//! sys/class/dmi/id/sys_vendor      Acme Systems
//! sys/class/dmi/id/product_name    Server 9000
//! dmidecode
//!   Handle 0x0001, DMI type 1, 27 bytes
//!   System Information
//!           Manufacturer: Acme Systems
//!           Product Name: Server 9000
//! ```
//!
//! Source: drivers/firmware/dmi-id.c; dmidecode(8).

use std::io;

use super::{Draft, Source};

/// One attribute.
pub(super) fn read_dmi(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let vendor = source.member.ends_with("sys_vendor");
    let mut lines = source.lines();
    if let Some(line) = lines.first()? {
        let slot = if vendor { &mut draft.host.vendor } else { &mut draft.host.product };
        slot.offer(0, line.located(line.text.trim().to_owned()));
    }
    Ok(())
}

/// The block of the system in `dmidecode`.
pub(super) fn read_dmidecode(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    let mut in_system = false;
    while let Some(line) = lines.next()? {
        if !line.text.starts_with([' ', '\t']) {
            if in_system {
                return Ok(());
            }
            in_system = line.text.trim_end() == "System Information";
            continue;
        }
        let Some((key, value)) = line.text.split_once(':') else { continue };
        let value = value.trim();
        let slot = match key.trim() {
            "Manufacturer" => &mut draft.host.vendor,
            "Product Name" => &mut draft.host.product,
            _ => continue,
        };
        if in_system && !value.is_empty() {
            slot.offer(1, line.located(value.to_owned()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::{Collected, read};

    #[test]
    fn vendor_and_product_make_one_line() {
        let mut report = Collected::new();
        report.add("sys/class/dmi/id/product_name", "Server 9000\n");
        report.add("sys/class/dmi/id/sys_vendor", "Acme Systems\n");
        let hardware = report.finish().host.hardware.expect("both files are there");
        assert_eq!(hardware.value, "Acme Systems Server 9000");
        assert_eq!(hardware.origin.to_string(), "sys/class/dmi/id/product_name:1");
    }

    #[test]
    fn dmidecode_tells_the_same_in_its_system_block() {
        let text = "BIOS Information\n\tVendor: B\n\nBase Board Information\n\tManufacturer: Wrong\n\nSystem Information\n\tManufacturer: Acme Systems\n\tProduct Name: Server 9000\n\nChassis Information\n\tManufacturer: Wrong\n";
        let host = read("sos_commands/hardware/dmidecode", text).host;
        assert_eq!(host.hardware.map(|h| h.value).as_deref(), Some("Acme Systems Server 9000"));
    }
}
