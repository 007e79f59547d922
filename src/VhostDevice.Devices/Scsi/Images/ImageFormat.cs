// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Images;

/// <summary>
/// Formats of images and of compressed files, by their first bytes, only to warn of them: an image is served as it is
/// whatever it begins with, since that is for the guest to write.
/// </summary>
internal static class ImageFormat
{
    /// <summary>Bytes of the start of a file that tell.</summary>
    internal const int HeadSize = 512;

    // Where the bytes are, and what they are.
    private static readonly (string Name, bool IsCompressed, int At, byte[] Bytes)[] s_known =
    [
        ("a qcow2 image", false, 0, [0x51, 0x46, 0x49, 0xFB]),
        ("a QED image", false, 0, [0x51, 0x45, 0x44, 0x00]),
        ("a VMDK image", false, 0, "KDMV"u8.ToArray()),
        ("a VMDK image", false, 0, "COWD"u8.ToArray()),
        ("a VMDK image", false, 0, "# Disk DescriptorFile"u8.ToArray()),
        ("a VHDX image", false, 0, "vhdxfile"u8.ToArray()),
        ("a VHD image", false, 0, "conectix"u8.ToArray()),
        ("a VDI image", false, 0x40, [0x7F, 0x10, 0xDA, 0xBE]),
        ("a Parallels image", false, 0, "WithoutFreeSpace"u8.ToArray()),
        ("a Parallels image", false, 0, "WithouFreSpacExt"u8.ToArray()),
        ("compressed with gzip", true, 0, [0x1F, 0x8B, 0x08]),
        ("compressed with xz", true, 0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]),
        ("compressed with zstd", true, 0, [0x28, 0xB5, 0x2F, 0xFD]),
        ("compressed with bzip2", true, 0, "BZh"u8.ToArray()),
        ("compressed with lz4", true, 0, [0x04, 0x22, 0x4D, 0x18]),
        ("like a zip archive", true, 0, [0x50, 0x4B, 0x03, 0x04]),
        ("like a 7z archive", true, 0, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
    ];

    /// <summary>What the file looks like, and what to do about it, for people; null: like nothing that is known.</summary>
    /// <param name="head">Its first bytes, up to <see cref="HeadSize"/>.</param>
    internal static string? Warn(ReadOnlySpan<byte> head)
    {
        foreach ((string name, bool isCompressed, int at, byte[] bytes) in s_known)
        {
            if (head.Length < at + bytes.Length || !head.Slice(at, bytes.Length).SequenceEqual(bytes))
                continue;
            return isCompressed
                ? $"looks {name}, and the guest gets its bytes as they are: unpack it first, or write format=raw if that is what you want"
                : $"looks like {name}, and the guest gets its bytes as they are, so that what it writes destroys the image: "
                    + "convert it with 'qemu-img convert -O raw', or write format=raw if that is what you want";
        }

        return null;
    }
}
