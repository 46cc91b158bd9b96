//! Modules that distributions ship, and which of them a machine of each era has loaded.
//!
//! Names, paths and dependencies are those of the mainline tree; the selection is a plausible server's.

use super::kernel::Dialect;

/// A module of the kernel tree.
pub struct Row {
    /// Name.
    pub name: &'static str,
    /// Path below `kernel/`, without `.ko`.
    pub path: &'static str,
    /// Modules it needs.
    pub depends: &'static str,
    /// `description` of modinfo.
    pub description: &'static str,
}

/// Finds a module by name.
pub fn find(name: &str) -> Option<&'static Row> {
    ROWS.iter().find(|row| row.name == name)
}

/// Modules loaded on a server of this era, newest first.
pub fn loaded(dialect: Dialect) -> Vec<&'static str> {
    let names = match dialect {
        Dialect::El5 => {
            "nfs lockd sunrpc autofs4 ipt_REJECT iptable_filter ip_tables x_tables ipv6 dm_multipath parport_pc lp parport sg \
             pcspkr shpchp bnx2 e1000 serio_raw dm_mod cciss mptsas mptscsih mptbase scsi_transport_sas sd_mod scsi_mod \
             ext3 jbd uhci_hcd ohci_hcd ehci_hcd"
        }
        Dialect::El6 => {
            "nfs lockd fscache auth_rpcgss sunrpc ipt_REJECT nf_conntrack_ipv4 nf_defrag_ipv4 iptable_filter ip_tables \
             ip6t_REJECT nf_conntrack_ipv6 nf_defrag_ipv6 xt_state nf_conntrack ip6table_filter ip6_tables ipv6 bonding 8021q \
             garp stp llc power_meter sg shpchp tg3 ptp pps_core ipmi_devintf ipmi_si ipmi_msghandler dcdbas microcode \
             iTCO_wdt iTCO_vendor_support ext4 jbd2 mbcache sr_mod cdrom sd_mod crc_t10dif ahci megaraid_sas lpfc \
             scsi_transport_fc scsi_tgt dm_multipath dm_mirror dm_region_hash dm_log dm_mod"
        }
        Dialect::El71 | Dialect::El79 => {
            "nfsv3 nfs_acl nfs lockd grace fscache auth_rpcgss sunrpc bonding 8021q garp mrp xt_comment xt_multiport \
             xt_conntrack nf_conntrack_ipv4 nf_defrag_ipv4 nf_conntrack iptable_filter skx_edac nfit libnvdimm intel_powerclamp \
             coretemp intel_rapl iosf_mbi kvm_intel kvm irqbypass crc32_pclmul ghash_clmulni_intel aesni_intel lrw gf128mul \
             glue_helper ablk_helper cryptd pcspkr joydev ses enclosure sg lpc_ich hpilo hpwdt ipmi_si ipmi_devintf \
             ipmi_msghandler acpi_power_meter br_netfilter bridge stp llc ip_tables xfs libcrc32c dm_service_time sd_mod \
             crc_t10dif crct10dif_generic mgag200 ttm drm_kms_helper syscopyarea sysfillrect sysimgblt fb_sys_fops drm tg3 ptp \
             pps_core crct10dif_pclmul crct10dif_common crc32c_intel lpfc scsi_transport_fc hpsa scsi_transport_sas \
             dm_multipath dm_mirror dm_region_hash dm_log dm_mod"
        }
        Dialect::El8 => {
            "nfsv3 nfs_acl nfs lockd grace fscache rpcsec_gss_krb5 auth_rpcgss sunrpc bonding tls nft_ct nft_reject_inet \
             nft_reject nf_reject_ipv4 nf_reject_ipv6 nf_conntrack nf_defrag_ipv6 nf_defrag_ipv4 nf_tables nfnetlink skx_edac \
             nfit libnvdimm coretemp kvm_intel kvm irqbypass crct10dif_pclmul crc32_pclmul ghash_clmulni_intel rapl \
             intel_cstate pcspkr ipmi_ssif hpilo ipmi_si ipmi_devintf ipmi_msghandler acpi_power_meter xfs libcrc32c sd_mod \
             t10_pi sg mgag200 drm_shmem_helper drm_kms_helper syscopyarea sysfillrect sysimgblt fb_sys_fops drm bnxt_en \
             crc32c_intel tg3 smartpqi scsi_transport_sas wmi dm_multipath dm_mirror dm_region_hash dm_log dm_mod fuse"
        }
        Dialect::El9 | Dialect::El10 => {
            "nfsv3 nfs_acl nfs lockd grace netfs rpcsec_gss_krb5 auth_rpcgss sunrpc bonding tls nft_ct nft_reject_inet \
             nft_reject nf_reject_ipv4 nf_reject_ipv6 nf_conntrack nf_defrag_ipv6 nf_defrag_ipv4 nf_tables nfnetlink vfat fat \
             coretemp kvm_intel kvm irqbypass rapl intel_cstate pcspkr ipmi_ssif ipmi_si ipmi_devintf ipmi_msghandler \
             acpi_power_meter xfs libcrc32c sd_mod t10_pi sg mgag200 drm_shmem_helper drm_kms_helper drm bnxt_en \
             crct10dif_pclmul crc32_pclmul crc32c_intel ghash_clmulni_intel tg3 nvme nvme_core megaraid_sas wmi dm_multipath \
             dm_mirror dm_region_hash dm_log dm_mod fuse"
        }
        Dialect::Ubuntu => {
            "xt_conntrack nf_conntrack nf_defrag_ipv6 nf_defrag_ipv4 nft_compat nf_tables nfnetlink bridge stp llc overlay \
             binfmt_misc coretemp kvm_intel kvm irqbypass rapl intel_cstate ipmi_ssif ipmi_si ipmi_devintf ipmi_msghandler \
             acpi_power_meter mac_hid dm_multipath ip_tables x_tables raid10 raid1 mgag200 drm_shmem_helper drm_kms_helper \
             drm crct10dif_pclmul crc32_pclmul ghash_clmulni_intel tg3 nvme nvme_core megaraid_sas wmi aesni_intel \
             crypto_simd cryptd"
        }
        Dialect::Suse => {
            "nfsv3 nfs_acl nfs lockd grace fscache netfs auth_rpcgss sunrpc af_packet bonding tls coretemp kvm_intel kvm \
             irqbypass crc32_pclmul ghash_clmulni_intel aesni_intel crypto_simd cryptd pcspkr ipmi_ssif ipmi_si ipmi_devintf \
             ipmi_msghandler acpi_power_meter fuse ip_tables x_tables btrfs raid6_pq xor libcrc32c sd_mod t10_pi sg mgag200 \
             drm_shmem_helper drm_kms_helper drm tg3 crc32c_intel nvme nvme_core megaraid_sas wmi dm_multipath dm_mod"
        }
    };
    names.split_whitespace().collect()
}

macro_rules! rows {
    ($($name:literal $path:literal $depends:literal $description:literal;)*) => {
        &[$(Row { name: $name, path: $path, depends: $depends, description: $description }),*]
    };
}

const ROWS: &[Row] = rows! {
    "8021q" "net/8021q/8021q" "mrp garp" "802.1Q VLAN protocol";
    "acpi_power_meter" "drivers/hwmon/acpi_power_meter" "" "ACPI 4.0 power meter";
    "aesni_intel" "arch/x86/crypto/aesni-intel" "crypto_simd cryptd" "AES instruction set cipher";
    "ahci" "drivers/ata/ahci" "" "AHCI SATA low-level driver";
    "auth_rpcgss" "net/sunrpc/auth_gss/auth_rpcgss" "sunrpc" "RPC authentication by GSS";
    "autofs4" "fs/autofs4/autofs4" "" "kernel automounter, version 4";
    "bnx2" "drivers/net/bnx2" "" "NetXtreme II Ethernet driver";
    "bnxt_en" "drivers/net/ethernet/broadcom/bnxt/bnxt_en" "tls" "NetXtreme-C network driver";
    "bonding" "drivers/net/bonding/bonding" "tls" "Ethernet channel bonding driver";
    "br_netfilter" "net/bridge/br_netfilter" "bridge" "netfilter on bridged frames";
    "bridge" "net/bridge/bridge" "stp llc" "Ethernet bridge";
    "btrfs" "fs/btrfs/btrfs" "raid6_pq xor libcrc32c" "Btrfs file system";
    "cciss" "drivers/block/cciss" "" "driver for Smart Array controllers";
    "coretemp" "drivers/hwmon/coretemp" "" "core temperature monitor";
    "crc32_pclmul" "arch/x86/crypto/crc32-pclmul" "" "CRC32 by PCLMULQDQ";
    "crc32c_intel" "arch/x86/crypto/crc32c-intel" "" "CRC32C by instruction";
    "crc_t10dif" "lib/crc-t10dif" "" "T10 DIF CRC";
    "crct10dif_pclmul" "arch/x86/crypto/crct10dif-pclmul" "" "T10 DIF CRC by PCLMULQDQ";
    "dm_log" "drivers/md/dm-log" "dm_mod" "device-mapper dirty region log";
    "dm_mirror" "drivers/md/dm-mirror" "dm_region_hash dm_log dm_mod" "device-mapper mirror target";
    "dm_mod" "drivers/md/dm-mod" "" "device-mapper driver";
    "dm_multipath" "drivers/md/dm-multipath" "dm_mod" "device-mapper multipath target";
    "dm_region_hash" "drivers/md/dm-region-hash" "dm_log dm_mod" "device-mapper region hash";
    "dm_service_time" "drivers/md/dm-service-time" "dm_multipath dm_mod" "throughput oriented path selector";
    "drm" "drivers/gpu/drm/drm" "" "DRM shared core routines";
    "drm_kms_helper" "drivers/gpu/drm/drm_kms_helper" "drm" "DRM KMS helper";
    "drm_shmem_helper" "drivers/gpu/drm/drm_shmem_helper" "drm" "DRM memory helper";
    "e1000" "drivers/net/e1000/e1000" "" "Gigabit Ethernet driver";
    "ehci_hcd" "drivers/usb/host/ehci-hcd" "" "USB 2.0 host controller driver";
    "enclosure" "drivers/misc/enclosure" "" "enclosure services";
    "ext3" "fs/ext3/ext3" "jbd" "ext3 file system";
    "ext4" "fs/ext4/ext4" "jbd2 mbcache" "ext4 file system";
    "fat" "fs/fat/fat" "" "FAT file system core";
    "fscache" "fs/fscache/fscache" "" "file system cache manager";
    "fuse" "fs/fuse/fuse" "" "file systems in user space";
    "garp" "net/802/garp" "stp llc" "generic attribute registration protocol";
    "ghash_clmulni_intel" "arch/x86/crypto/ghash-clmulni-intel" "" "GHASH by PCLMULQDQ";
    "grace" "fs/nfs_common/grace" "" "lock grace periods";
    "hpilo" "drivers/misc/hpilo" "" "iLO management channel";
    "hpsa" "drivers/scsi/hpsa" "scsi_transport_sas" "driver for Smart Array controllers";
    "hpwdt" "drivers/watchdog/hpwdt" "" "watchdog timer";
    "ip_tables" "net/ipv4/netfilter/ip_tables" "" "IPv4 packet filter";
    "ipmi_devintf" "drivers/char/ipmi/ipmi_devintf" "ipmi_msghandler" "IPMI device interface";
    "ipmi_msghandler" "drivers/char/ipmi/ipmi_msghandler" "" "IPMI message handler";
    "ipmi_si" "drivers/char/ipmi/ipmi_si" "ipmi_msghandler" "IPMI system interface";
    "iptable_filter" "net/ipv4/netfilter/iptable_filter" "ip_tables" "IPv4 filter table";
    "ipv6" "net/ipv6/ipv6" "" "IPv6 protocol stack";
    "irqbypass" "virt/lib/irqbypass" "" "IRQ bypass manager";
    "jbd" "fs/jbd/jbd" "" "journalling block device";
    "jbd2" "fs/jbd2/jbd2" "" "journalling block device, version 2";
    "kvm" "arch/x86/kvm/kvm" "irqbypass" "kernel virtual machine";
    "kvm_intel" "arch/x86/kvm/kvm-intel" "kvm" "KVM on VMX";
    "libcrc32c" "lib/libcrc32c" "" "CRC32c calculations";
    "libnvdimm" "drivers/nvdimm/libnvdimm" "" "non-volatile memory core";
    "llc" "net/llc/llc" "" "logical link control";
    "lockd" "fs/lockd/lockd" "grace sunrpc" "NFS file locking";
    "lpfc" "drivers/scsi/lpfc/lpfc" "scsi_transport_fc" "Fibre Channel SCSI driver";
    "mbcache" "fs/mbcache" "" "meta block cache";
    "megaraid_sas" "drivers/scsi/megaraid/megaraid_sas" "" "MegaRAID SAS driver";
    "mgag200" "drivers/gpu/drm/mgag200/mgag200" "drm_shmem_helper drm_kms_helper drm" "MGA G200 driver";
    "mptbase" "drivers/message/fusion/mptbase" "scsi_mod" "Fusion MPT base driver";
    "mptsas" "drivers/message/fusion/mptsas" "mptscsih mptbase scsi_transport_sas scsi_mod" "Fusion MPT SAS host driver";
    "mptscsih" "drivers/message/fusion/mptscsih" "mptbase scsi_mod" "Fusion MPT SCSI host driver";
    "mrp" "net/802/mrp" "" "multiple registration protocol";
    "netfs" "fs/netfs/netfs" "" "network file system support";
    "nf_conntrack" "net/netfilter/nf_conntrack" "nf_defrag_ipv6 nf_defrag_ipv4" "connection tracking";
    "nf_defrag_ipv4" "net/ipv4/netfilter/nf_defrag_ipv4" "" "IPv4 defragmentation";
    "nf_defrag_ipv6" "net/ipv6/netfilter/nf_defrag_ipv6" "" "IPv6 defragmentation";
    "nf_tables" "net/netfilter/nf_tables" "nfnetlink" "packet classification";
    "nfit" "drivers/acpi/nfit/nfit" "libnvdimm" "NVDIMM firmware interface table";
    "nfnetlink" "net/netfilter/nfnetlink" "" "netfilter over netlink";
    "nfs" "fs/nfs/nfs" "lockd grace sunrpc" "NFS client";
    "nfs_acl" "fs/nfs_common/nfs_acl" "" "NFS access control lists";
    "nfsv3" "fs/nfs/nfsv3" "nfs_acl nfs lockd sunrpc" "NFS version 3 client";
    "nft_ct" "net/netfilter/nft_ct" "nf_conntrack nf_tables" "connection tracking expression";
    "nvme" "drivers/nvme/host/nvme" "nvme_core" "NVM Express block driver";
    "nvme_core" "drivers/nvme/host/nvme-core" "" "NVM Express core";
    "overlay" "fs/overlayfs/overlay" "" "overlay file system";
    "pcspkr" "drivers/input/misc/pcspkr" "" "PC speaker beeper";
    "pps_core" "drivers/pps/pps_core" "" "pulse per second core";
    "ptp" "drivers/ptp/ptp" "pps_core" "PTP clock core";
    "raid10" "drivers/md/raid10" "" "RAID10 personality";
    "raid6_pq" "lib/raid6/raid6_pq" "" "RAID6 Q syndrome";
    "rpcsec_gss_krb5" "net/sunrpc/auth_gss/rpcsec_gss_krb5" "auth_rpcgss sunrpc" "RPC security by Kerberos 5";
    "scsi_mod" "drivers/scsi/scsi_mod" "" "SCSI core";
    "scsi_transport_fc" "drivers/scsi/scsi_transport_fc" "" "Fibre Channel transport attributes";
    "scsi_transport_sas" "drivers/scsi/scsi_transport_sas" "" "SAS transport attributes";
    "sd_mod" "drivers/scsi/sd_mod" "" "SCSI disk driver";
    "ses" "drivers/scsi/ses" "enclosure" "SCSI enclosure services";
    "sg" "drivers/scsi/sg" "" "SCSI generic driver";
    "smartpqi" "drivers/scsi/smartpqi/smartpqi" "scsi_transport_sas" "Smart Family controller driver";
    "stp" "net/802/stp" "llc" "spanning tree protocol";
    "sunrpc" "net/sunrpc/sunrpc" "" "Sun RPC";
    "t10_pi" "block/t10-pi" "" "T10 protection information";
    "tg3" "drivers/net/ethernet/broadcom/tg3" "ptp" "Tigon3 Ethernet driver";
    "tls" "net/tls/tls" "" "transport layer security";
    "uhci_hcd" "drivers/usb/host/uhci-hcd" "" "USB universal host controller driver";
    "vfat" "fs/fat/vfat" "fat" "VFAT file system";
    "wmi" "drivers/platform/x86/wmi" "" "ACPI WMI mapping";
    "x_tables" "net/netfilter/x_tables" "" "packet tables";
    "xfs" "fs/xfs/xfs" "libcrc32c" "XFS file system";
    "xor" "crypto/xor" "" "XOR checksumming";
    "xt_conntrack" "net/netfilter/xt_conntrack" "nf_conntrack" "connection tracking match";
};
