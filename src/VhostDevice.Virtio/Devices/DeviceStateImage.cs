// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace VhostDevice.Virtio.Devices;

/// <summary>
/// A device's state as it travels from one process to another: a head that says what it is, and what the device wrote
/// (docs/migration.md has the format). Whoever reads it trusts nothing in it.
/// </summary>
public static class DeviceStateImage
{
    /// <summary>Bytes of the head.</summary>
    public const int HeadSize = 32;

    private const uint Format = 1;

    private static ReadOnlySpan<byte> Magic => "VDEVSTAT"u8;

    /// <summary>Writes the state of a device that no ring makes use of.</summary>
    public static byte[] Save(VirtioDevice device)
    {
        ArrayBufferWriter<byte> image = new();
        image.GetSpan(HeadSize)[..HeadSize].Clear();
        image.Advance(HeadSize);
        device.SaveState(image);
        byte[] bytes = image.WrittenSpan.ToArray();
        Head head = new()
        {
            Magic = MemoryMarshal.Read<ulong>(Magic),
            Format = Format,
            DeviceId = device.DeviceId,
            Version = device.StateVersion,
            Length = (ulong)(bytes.Length - HeadSize),
        };
        MemoryMarshal.Write(bytes, in head);
        head.Checksum = Checksum(bytes);
        MemoryMarshal.Write(bytes, in head);
        return bytes;
    }

    /// <summary>Gives a device the state that another one of its kind saved.</summary>
    /// <param name="problem">What is wrong with the image when the result is false; the device is as it was then.</param>
    public static bool TryLoad(VirtioDevice device, ReadOnlySpan<byte> image, out string problem)
    {
        if (image.Length < HeadSize || !image.StartsWith(Magic))
        {
            problem = $"{image.Length} bytes that are no device state";
            return false;
        }

        Head head = MemoryMarshal.Read<Head>(image);
        if (head.Format != Format)
        {
            problem = $"the format is {head.Format}, this program reads {Format}";
            return false;
        }

        if (head.Length != (ulong)(image.Length - HeadSize))
        {
            problem = $"{head.Length} bytes were announced and {image.Length - HeadSize} came";
            return false;
        }

        if (head.Checksum != Checksum(image))
        {
            problem = "the checksum does not match";
            return false;
        }

        if (head.DeviceId != device.DeviceId)
        {
            problem =
                $"it is the state of {DeviceTypes.Name(head.DeviceId)} (device id {head.DeviceId}), and this device "
                    + $"is {DeviceTypes.Name(device.DeviceId)} ({device.DeviceId})";
            return false;
        }

        if (device.TryLoadState(head.Version, image[HeadSize..], out problem))
            return true;
        problem = $"version {head.Version}, where this program writes {device.StateVersion}: {problem}";
        return false;
    }

    // CRC-32C of the image with zeroes in the place of the checksum.
    private static uint Checksum(ReadOnlySpan<byte> image)
    {
        Head head = MemoryMarshal.Read<Head>(image);
        head.Checksum = 0;
        uint crc = Crc(uint.MaxValue, MemoryMarshal.AsBytes(new ReadOnlySpan<Head>(in head)));
        return ~Crc(crc, image[HeadSize..]);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
            crc = BitOperations.Crc32C(crc, word);
        foreach (byte b in bytes[(bytes.Length & ~7)..])
            crc = BitOperations.Crc32C(crc, b);
        return crc;
    }

    /// <summary>Little endian, as is every machine that this runs on.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Head
    {
        internal ulong Magic;
        internal uint Format;
        internal uint DeviceId;
        internal uint Version;
        internal uint Checksum;
        internal ulong Length;
    }
}
