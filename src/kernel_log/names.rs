//! Names of modules that most machines load. They serve one question only: whether a wrap cut a name or stands between two.
//! A name that is not here proves nothing.
//!
//! Source: drivers and their helpers in the kernel tree, as the distributions build them; names with common endings
//! (`nf_…_ipv4`, `snd_…`, `xt_…`) are listed where machines commonly load them.

use std::collections::HashSet;
use std::sync::LazyLock;

const NAMES: &str = "
8021q 8139cp 8139too 9p 9pnet 9pnet_virtio ablk_helper ac ac97_bus acpi_cpufreq acpi_ipmi acpi_pad acpi_power_meter
acpiphp aes_generic aes_x86_64 aesni_intel af_key af_packet af_packet_diag ahci amd64_edac amd64_edac_mod amd_energy
amd_iommu_v2 amdgpu arc4 asn1_decoder ast async_memcpy async_pq async_raid6_recov async_tx async_xor asus_acpi ata_generic
ata_piix auth_rpcgss autofs autofs4 backlight battery be2iscsi be2net binfmt_misc blake2b_generic bluetooth bnep bnx2 bnx2fc
bnx2i bnx2x bnxt_en bonding br_netfilter bridge btbcm btintel btrfs btrtl btusb button cachefiles cciss ccm ccp cdc_ether
cdrom cec ceph cfg80211 cifs cls_u32 cmac cn cnic configfs coretemp cpufreq_ondemand cpufreq_powersave crc16 crc32_pclmul
crc32c_generic crc32c_intel crc64 crc8 crc_ccitt crc_itu_t crc_t10dif crct10dif_common crct10dif_generic crct10dif_pclmul
cryptd crypto_null crypto_simd ctr cts cuse cxgb3 cxgb3i cxgb4 dasd_eckd_mod dasd_mod dax dca dcdbas deflate dell_rbu
des_generic dm_bio_prison dm_bufio dm_cache dm_cache_smq dm_crypt dm_log dm_mem_cache dm_message dm_mirror dm_mod
dm_multipath dm_persistent_data dm_raid dm_raid45 dm_region_hash dm_round_robin dm_queue_length dm_service_time dm_snapshot
dm_thin_pool dm_zero dns_resolver drm drm_kms_helper drm_panel_orientation_quirks drm_ttm_helper drm_vram_helper dummy e1000
e1000e ebtable_broute ebtable_filter ebtable_nat ebtables ecb edac_core edac_mce_amd edd efi_pstore efivarfs efivars ehci_hcd
ehci_pci enclosure ena ext2 ext3 ext4 failover fat fb_sys_fops fcoe firewire_core firewire_ohci fjes floppy freq_table fscache
fuse garp gf128mul ghash_clmulni_intel ghash_s390 glue_helper gpio_ich grace hangcheck_timer hid hid_generic hidp hpilo hpsa
hpwdt hv_balloon hv_netvsc hv_storvsc hv_utils hv_vmbus hwmon hwmon_vid hwpoison_inject i2c_algo_bit i2c_core i2c_dev i2c_i801
i2c_ismt i2c_piix4 i2c_smbus i40e i40evf i40iw i7core_edac i8042 i915 iTCO_vendor_support iTCO_wdt iavf ib_addr ib_cm ib_core
ib_ipoib ib_iser ib_isert ib_mad ib_mthca ib_qib ib_sa ib_srp ib_srpt ib_ucm ib_umad ib_uverbs ib700wdt ibmveth ibmvscsi
ibmvscsic ice ide_cd ide_core ifb igb igbvf inet_diag inet_lro input_leds intel_cstate intel_pch_thermal intel_powerclamp
intel_rapl intel_rapl_common intel_rapl_msr intel_rapl_perf intel_uncore ioatdma iommu_v2 iosf_mbi ip6_tables ip6_udp_tunnel
ip6t_REJECT ip6t_rpfilter ip6table_filter ip6table_mangle ip6table_nat ip6table_raw ip6table_security ip_conntrack ip_set
ip_set_hash_ip ip_set_hash_net ip_tables ip_tunnel ip_vs ip_vs_rr ip_vs_sh ip_vs_wrr ipip ipmi_devintf ipmi_msghandler
ipmi_poweroff ipmi_si ipmi_ssif ipmi_watchdog ipt_MASQUERADE ipt_REJECT ipt_rpfilter iptable_filter iptable_mangle iptable_nat
iptable_raw iptable_security ipv6 ipvlan irdma irqbypass iscsi_ibft iscsi_boot_sysfs iscsi_target_mod iscsi_tcp isofs isst_if_common
isst_if_mbox_pci isst_if_mmio iw_cm iw_cxgb3 iw_cxgb4 iw_nes iwlmvm iwlwifi ixgbe ixgbevf jbd jbd2 jc42 joydev k10temp kvm
kvm_amd kvm_intel l2cap l2tp_core lib80211 libahci libata libceph libcrc32c libcxgbi libfc libfcoe libiscsi libiscsi_tcp libnvdimm
libphy libsas linear llc lockd loop lp lpc_ich lpfc lrw lz4_compress mac80211 macsec macvlan macvtap mbcache md4 md5 md_mod mdev
mdio media megaraid_sas mei mei_me microcode mii mlx4_core mlx4_en mlx4_ib mlx5_core mlx5_ib mlxfw mpt2sas mpt3sas mptbase mptctl
mptsas mptscsih mptspi mrp msr multipath mxm_wmi ndiswrapper net_failover netconsole netfs netlink_diag nf_conntrack
nf_conntrack_ftp nf_conntrack_ipv4 nf_conntrack_ipv6 nf_conntrack_netbios_ns nf_conntrack_broadcast nf_conntrack_netlink
nf_conntrack_tftp nf_defrag_ipv4 nf_defrag_ipv6 nf_log_common nf_log_ipv4 nf_log_ipv6 nf_log_syslog nf_nat nf_nat_ipv4 nf_nat_ipv6
nf_nat_masquerade_ipv4 nf_nat_masquerade_ipv6 nf_nat_tftp nf_reject_ipv4 nf_reject_ipv6 nf_tables nf_tables_set nfit nfnetlink
nfnetlink_log nfnetlink_queue nfs nfs_acl nfs_layout_flexfiles nfsd nfsv3 nfsv4 nft_chain_nat nft_compat nft_counter nft_ct nft_fib
nft_fib_inet nft_fib_ipv4 nft_fib_ipv6 nft_masq nft_objref nft_reject nft_reject_inet nft_reject_ipv4 nls_ascii nls_cp437
nls_iso8859_1 nls_utf8 nvidia nvidia_drm nvidia_modeset nvidia_uvm nvme nvme_common nvme_core nvme_fabrics nvme_fc nvmet nvmet_fc
ohci_hcd ohci_pci openvswitch overlay parport parport_pc pata_acpi pcbc pci_hyperv pci_hyperv_intf pciehp pcspkr pinctrl_amd pkcs8_key_parser
power_meter powernow_k8 ppdev pps_core prng psample pseries_rng psmouse ptp qedf qede qed qedi qla2xxx qla4xxx qxl r8169 raid0 raid1
raid10 raid456 raid6_pq raid_class rapl raw rdma_cm rdma_rxe rdma_ucm rdmavt rds rfcomm rfkill rng_core rpcrdma rpcsec_gss_krb5
rtc_cmos sata_nv sata_sil sb_edac sbs sch_fq_codel sch_htb sch_ingress scsi_dh scsi_dh_alua scsi_dh_emc scsi_dh_hp_sw scsi_dh_rdac scsi_mod
scsi_tgt scsi_transport_fc scsi_transport_iscsi scsi_transport_sas scsi_transport_spi scsi_transport_srp sctp sctp_diag sd_mod sdhci
sdhci_pci serio_raw ses sfc sg sha1_s390 sha256_s390 sha512_s390 sha_common shpchp skx_edac slb snd snd_ac97_codec snd_hda_codec
snd_hda_codec_generic snd_hda_codec_hdmi snd_hda_codec_realtek snd_hda_core snd_hda_intel snd_hrtimer snd_hwdep snd_intel_dspcfg
snd_page_alloc snd_pcm snd_pcm_oss snd_rawmidi snd_seq snd_seq_device snd_seq_dummy snd_seq_midi snd_seq_midi_event snd_timer softdog
soundcore sp5100_tco sparse_keymap sr_mod squashfs st stp sunrpc syscopyarea sysfillrect sysimgblt t10_pi tap target_core_file
target_core_iblock target_core_mod target_core_pscsi target_core_user tcp_bbr tcp_diag tcp_lp team tg3 thermal thermal_sys tls tpm tpm_crb
tpm_infineon tpm_tis tpm_tis_core ttm tun tunnel4 tunnel6 uas udf udp_diag udp_tunnel uhci_hcd uinput uio unix_diag usb_common
usb_storage usbcore usbhid usbnet uvcvideo veth vfat vfio vfio_iommu_type1 vfio_pci vfio_virqfd vhost vhost_iotlb vhost_net vhost_vsock video
videobuf2_common videobuf2_memops videobuf2_v4l2 videobuf2_vmalloc videodev virtio virtio_balloon virtio_blk virtio_console virtio_gpu
virtio_net virtio_pci virtio_ring virtio_rng virtio_scsi vmci vmmemctl vmw_balloon vmw_pvscsi vmw_vmci vmw_vsock_vmci_transport vmware_balloon
vmwgfx vmxnet3 vsock vsock_diag vxlan watchdog wmi wmi_bmof x86_pkg_temp_thermal x_tables xen_blkfront xen_netfront xfrm6_mode_tunnel
xfrm_nalgo xfs xhci_hcd xhci_pci xor xprtrdma xt_CHECKSUM xt_LOG xt_MASQUERADE xt_NFLOG xt_addrtype xt_comment xt_connmark xt_conntrack
xt_limit xt_mark xt_multiport xt_nat xt_owner xt_recent xt_sctp xt_set xt_state xt_statistic xt_tcpmss xt_tcpudp xts zfs zlib_deflate
zram zsmalloc zstd_compress zstd_decompress
";

static KNOWN: LazyLock<HashSet<&'static str>> = LazyLock::new(|| NAMES.split_ascii_whitespace().collect());

/// Whether most machines could have a module of this name.
pub(super) fn is_common(name: &str) -> bool {
    KNOWN.contains(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel_log::scan::is_module_byte;

    #[test]
    fn every_name_is_one() {
        assert!(KNOWN.len() > 500);
        assert!(KNOWN.iter().all(|name| name.bytes().all(is_module_byte)));
        assert!(is_common("sd_mod") && !is_common("sd_mo"));
    }
}
