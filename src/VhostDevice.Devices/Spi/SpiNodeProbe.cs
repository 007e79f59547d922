// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Spi;

/// <summary>Finds out what the controller behind a node can do, by trying: the kernel does not say. Leaves the node as it was.</summary>
internal static class SpiNodeProbe
{
    private const byte MaxBits = 32;

    // A size that only controllers without a list of sizes take.
    private const byte NoSuchBits = 64;

    private const SpiModes OneLine = ~(SpiModes.SendDual | SpiModes.SendQuad | SpiModes.SendOctal
        | SpiModes.ReceiveDual | SpiModes.ReceiveQuad | SpiModes.ReceiveOctal);

    // spidev counts delays in microseconds, in 8 bits between words and in 16 behind a transfer.
    private const uint MaxWordDelay = byte.MaxValue * 1000u;
    private const uint MaxHoldDelay = ushort.MaxValue * 1000u;

    /// <returns>What failed of that which every node can do, or could not be put back.</returns>
    internal static Errno Run(ISpiNode node, out SpiAbilities? abilities, out SpiModes original)
    {
        abilities = null;
        Errno errno = node.Modes(out original);
        byte bits = 0;
        uint speed = 0;
        if (errno.IsSuccess)
            errno = node.BitsPerWord(out bits);
        if (errno.IsSuccess)
            errno = node.MaxSpeed(out speed);
        if (errno.IsError)
            return errno;
        SpiAbilities found = new()
        {
            ChipSelects = 1,
            SentLines = Lines(node, original, SpiModes.SendDual, SpiModes.SendQuad, SpiModes.SendOctal),
            ReceivedLines = Lines(node, original, SpiModes.ReceiveDual, SpiModes.ReceiveQuad, SpiModes.ReceiveOctal),
            Functions = Functions(node, original),
            WordSizes = WordSizes(node),
            MaxFrequency = speed,
            MaxWordDelay = MaxWordDelay,
            MaxHoldDelay = MaxHoldDelay,
        };
        Errno modes = node.SetModes(original);
        errno = node.SetBitsPerWord(bits);
        if (modes.IsError || errno.IsError)
            return modes.IsError ? modes : errno;
        abilities = found;
        return Errno.Success;
    }

    /// <summary>What all nodes of a list can do, each of which is one chip select.</summary>
    internal static SpiAbilities Common(IReadOnlyList<SpiAbilities> all) => new()
    {
        ChipSelects = all.Count,
        SentLines = all.Aggregate((SpiLines)0xff, (common, a) => common & a.SentLines),
        ReceivedLines = all.Aggregate((SpiLines)0xff, (common, a) => common & a.ReceivedLines),
        Functions = all.Aggregate((SpiFunctions)uint.MaxValue, (common, a) => common & a.Functions),
        // 0 stands for all sizes, so it limits nothing.
        WordSizes = all.Where(a => a.WordSizes != 0).Aggregate(uint.MaxValue, (common, a) => common & a.WordSizes) is var sizes
            and not uint.MaxValue ? sizes : 0,
        MaxFrequency = all.Where(a => a.MaxFrequency != 0).Select(a => a.MaxFrequency).DefaultIfEmpty(0u).Min(),
        MaxWordDelay = all.Min(a => a.MaxWordDelay),
        MaxSetupDelay = all.Min(a => a.MaxSetupDelay),
        MaxHoldDelay = all.Min(a => a.MaxHoldDelay),
        MaxInactiveDelay = all.Min(a => a.MaxInactiveDelay),
    };

    private static SpiLines Lines(ISpiNode node, SpiModes original, SpiModes dual, SpiModes quad, SpiModes octal)
    {
        // One at a time: the kernel refuses two widths together.
        SpiLines lines = Has(node, (original & OneLine) | dual, dual) ? SpiLines.Dual : SpiLines.Single;
        if (Has(node, (original & OneLine) | quad, quad))
            lines |= SpiLines.Quad;
        if (Has(node, (original & OneLine) | octal, octal))
            lines |= SpiLines.Octal;
        return lines;
    }

    private static SpiFunctions Functions(ISpiNode node, SpiModes original)
    {
        SpiFunctions functions = SpiFunctions.None;
        Add(SpiFunctions.FirstEdge, original & ~SpiModes.ClockPhase, 0, SpiModes.ClockPhase);
        Add(SpiFunctions.SecondEdge, original | SpiModes.ClockPhase, SpiModes.ClockPhase, SpiModes.ClockPhase);
        Add(SpiFunctions.ClockLow, original & ~SpiModes.ClockPolarity, 0, SpiModes.ClockPolarity);
        Add(SpiFunctions.ClockHigh, original | SpiModes.ClockPolarity, SpiModes.ClockPolarity, SpiModes.ClockPolarity);
        Add(SpiFunctions.ChipSelectHigh, original | SpiModes.ChipSelectHigh, SpiModes.ChipSelectHigh, SpiModes.ChipSelectHigh);
        Add(SpiFunctions.LeastBitFirst, original | SpiModes.LeastBitFirst, SpiModes.LeastBitFirst, SpiModes.LeastBitFirst);
        Add(SpiFunctions.Loop, original | SpiModes.Loop, SpiModes.Loop, SpiModes.Loop);
        return functions;

        void Add(SpiFunctions function, SpiModes modes, SpiModes expected, SpiModes mask)
        {
            if (node.SetModes(modes).IsSuccess && node.Modes(out SpiModes got).IsSuccess && (got & mask) == expected)
                functions |= function;
        }
    }

    private static uint WordSizes(ISpiNode node)
    {
        if (node.SetBitsPerWord(NoSuchBits).IsSuccess)
            return 0;
        uint sizes = 0;
        for (byte bits = 1; bits <= MaxBits; bits++)
        {
            if (node.SetBitsPerWord(bits).IsSuccess)
                sizes |= 1u << (bits - 1);
        }

        // All of them can be said by none.
        return sizes == uint.MaxValue ? 0 : sizes;
    }

    private static bool Has(ISpiNode node, SpiModes modes, SpiModes wanted) =>
        node.SetModes(modes).IsSuccess && node.Modes(out SpiModes got).IsSuccess && (got & wanted) == wanted;
}
