// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Can.Ecu.IsoTp;

/// <summary>How messages go between a tester and an ECU (ISO 15765-2).</summary>
internal sealed record IsoTpSettings
{
    /// <summary>Longest message that is received, in bytes; a longer one is refused with an overflow.</summary>
    internal const int MaxLength = 1 << 20;

    internal const uint MaxStandardId = 0x7FF;

    /// <summary>Of what the tester sends. Above <see cref="MaxStandardId"/> it is an extended identifier.</summary>
    internal required uint Request { get; init; }

    /// <summary>Of what the ECU sends.</summary>
    internal required uint Response { get; init; }

    /// <summary>Of requests that go to several ECUs; null: none.</summary>
    internal uint? Functional { get; init; }

    /// <summary>The byte before everything else in a request (extended and mixed addressing); null: none.</summary>
    internal byte? RequestAddress { get; init; }

    /// <summary>The same of a functional request.</summary>
    internal byte? FunctionalAddress { get; init; }

    /// <summary>The same of what the ECU sends.</summary>
    internal byte? ResponseAddress { get; init; }

    /// <summary>Whether the ECU sends FD frames of up to 64 bytes.</summary>
    internal bool IsFd { get; init; }

    /// <summary>What fills frames up.</summary>
    internal byte Padding { get; init; } = 0xCC;

    /// <summary>Consecutive frames between two flow controls of the ECU; 0: all.</summary>
    internal byte BlockSize { get; init; }

    /// <summary>The pause between consecutive frames that the ECU asks for, as it is encoded.</summary>
    internal byte SeparationTime { get; init; }

    /// <summary>Bytes before the protocol's own.</summary>
    internal int Prefix => RequestAddress is null ? 0 : 1;

    /// <summary>Whether a frame may be a request, by its identifier alone.</summary>
    internal bool MayBe(in CanFrame frame) => frame.Id == Request || frame.Id == Functional;

    /// <summary>Whether a frame is a request; <paramref name="isFunctional"/>: one that goes to several ECUs.</summary>
    internal bool IsRequest(ref CanFrame frame, out bool isFunctional)
    {
        isFunctional = false;
        if (frame.IsRemote || frame.IsError)
            return false;
        if (IsId(frame, Request) && (RequestAddress is null || (frame.Length > 0 && frame.Data[0] == RequestAddress)))
            return true;
        isFunctional = Functional is { } all && IsId(frame, all)
            && (FunctionalAddress is null || (frame.Length > 0 && frame.Data[0] == FunctionalAddress));
        return isFunctional;
    }

    private static bool IsId(in CanFrame frame, uint id) => frame.Id == id && frame.IsExtended == id > MaxStandardId;
}
