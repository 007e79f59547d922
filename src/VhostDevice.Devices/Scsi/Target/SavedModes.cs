// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Scsi.Target;

/// <summary>The values of mode pages that outlive the process (SPC-5 §7.5, PC 11b), where there is a file for them.</summary>
internal sealed class SavedModes
{
    private const int Size = 8;
    private const uint Format = 1;
    private const int WriteCache = 4;
    private const int DescriptorSense = 5;
    private const int SoftwareWriteProtect = 6;

    private readonly IStateFile? _file;

    /// <param name="defaults">What holds as long as nothing was saved.</param>
    internal SavedModes(IStateFile? file, ModeSettings defaults)
    {
        _file = file;
        Values = file is not null && TryRead(file.Load(), out ModeSettings saved) ? saved : defaults;
    }

    internal bool CanSave => _file is not null;

    internal ModeSettings Values { get; private set; }

    internal Errno Save(ModeSettings values)
    {
        Span<byte> image = stackalloc byte[Size];
        image.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(image, Format);
        image[WriteCache] = values.WriteCache ? (byte)1 : (byte)0;
        image[DescriptorSense] = values.DescriptorSense ? (byte)1 : (byte)0;
        image[SoftwareWriteProtect] = values.SoftwareWriteProtect ? (byte)1 : (byte)0;
        Errno errno = _file!.Save(image);
        if (errno.IsSuccess)
            Values = values;
        return errno;
    }

    // Somebody may have written anything.
    private static bool TryRead(ReadOnlySpan<byte> image, out ModeSettings values)
    {
        values = default;
        if (image.Length != Size
            || BinaryPrimitives.ReadUInt32LittleEndian(image) != Format
            || image[WriteCache..].ContainsAnyExceptInRange((byte)0, (byte)1))
            return false;
        values = new ModeSettings(image[WriteCache] != 0, image[DescriptorSense] != 0, image[SoftwareWriteProtect] != 0);
        return true;
    }
}
