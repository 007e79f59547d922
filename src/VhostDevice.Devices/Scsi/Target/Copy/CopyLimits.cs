// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Scsi.Target.Copy;

/// <summary>What EXTENDED COPY takes, and says that it takes.</summary>
internal static class CopyLimits
{
    internal const int HeadSize = 16;

    /// <summary>The most descriptors of units, of segments, and bytes of both together.</summary>
    internal const int MaxUnits = 16;
    internal const int MaxSegments = 64;
    internal const int MaxListLength = 4096;

    /// <summary>The most bytes of a segment, so that no command takes for ever: 2 GiB for all of them.</summary>
    internal const uint MaxSegmentLength = 32 << 20;

    /// <summary>Nothing but the number of commands that can be out limits the number of copies.</summary>
    internal const byte MaxCopies = 255;

    // Descriptors (SPC-4 §6.4.6): blocks to blocks, the same with bytes, and the identification of a unit.
    internal const byte Blocks = 0x02;
    internal const byte Bytes = 0x0A;
    internal const byte Identification = 0xE4;

    internal const int UnitSize = 32;
    internal const int BlocksSize = 28;
    internal const int BytesSize = 32;

    /// <summary>The kinds that there are, in ascending order.</summary>
    internal static ReadOnlySpan<byte> Kinds => [Blocks, Bytes, Identification];
}
