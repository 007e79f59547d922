// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target.Commands;

/// <summary>The mode pages (SPC-5 §7.5, SBC-4 §6.5), and what MODE SELECT may change of them.</summary>
internal static class ModePages
{
    internal const byte Caching = 0x08;
    internal const byte Control = 0x0A;
    internal const byte InformationalExceptions = 0x1C;

    /// <summary>No page is longer.</summary>
    internal const int MaxSize = 20;

    private const byte WriteCacheEnable = 0x04;
    private const byte DescriptorSense = 0x04;
    private const byte SoftwareWriteProtect = 0x08;

    // QUEUE ALGORITHM MODIFIER: commands may be done in any order.
    private const byte UnrestrictedReordering = 0x10;

    // DEXCPT: no exceptions are reported.
    private const byte ExceptionsDisabled = 0x08;

    /// <summary>In the order in which "all pages" lists them.</summary>
    internal static readonly byte[] All = [Caching, Control, InformationalExceptions];

    /// <summary>PS: the page can be saved.</summary>
    internal const byte Saveable = 0x80;

    /// <returns>Bytes of the page, 0 when there is none of that code.</returns>
    internal static int Write(Span<byte> target, byte page, ModeSettings settings)
    {
        int length = Clear(target, page);
        switch (page)
        {
            case Caching:
                target[2] = settings.WriteCache ? WriteCacheEnable : (byte)0;
                break;
            case Control:
                target[2] = settings.DescriptorSense ? DescriptorSense : (byte)0;
                target[3] = UnrestrictedReordering;
                target[4] = settings.SoftwareWriteProtect ? SoftwareWriteProtect : (byte)0;
                break;
            case InformationalExceptions:
                target[2] = ExceptionsDisabled;
                break;
            default:
                break;
        }

        return length;
    }

    /// <summary>A page with ones where something can be changed.</summary>
    internal static int WriteMask(Span<byte> target, byte page)
    {
        int length = Clear(target, page);
        switch (page)
        {
            case Caching:
                target[2] = WriteCacheEnable;
                break;
            case Control:
                target[2] = DescriptorSense;
                target[4] = SoftwareWriteProtect;
                break;
            default:
                break;
        }

        return length;
    }

    /// <summary>The settings with those that a page carries, which was checked.</summary>
    internal static ModeSettings Read(ReadOnlySpan<byte> page, ModeSettings settings) => (page[0] & 0x3F) switch
    {
        Caching => settings with { WriteCache = (page[2] & WriteCacheEnable) != 0 },
        Control => settings with { DescriptorSense = (page[2] & DescriptorSense) != 0, SoftwareWriteProtect = (page[4] & SoftwareWriteProtect) != 0 },
        _ => settings,
    };

    private static int Clear(Span<byte> target, byte page)
    {
        int length = page switch
        {
            Caching => 20,
            Control or InformationalExceptions => 12,
            _ => 0,
        };
        if (length == 0)
            return 0;
        target[..length].Clear();
        target[0] = page;
        target[1] = (byte)(length - 2);
        return length;
    }
}
