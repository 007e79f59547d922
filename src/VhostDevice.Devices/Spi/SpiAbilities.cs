// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Spi;

/// <summary>What a controller can do. It never changes: drivers read the configuration once, and not again after a reset.</summary>
public sealed record SpiAbilities
{
    private const byte DefaultBits = 8;
    private const int MaxBits = 32;

    /// <summary>1 to 255.</summary>
    public required int ChipSelects { get; init; }

    public SpiLines SentLines { get; init; }

    public SpiLines ReceivedLines { get; init; }

    /// <summary>Bit n-1: words of n bits; 0: all of them, from 1 to 32.</summary>
    public uint WordSizes { get; init; }

    public SpiFunctions Functions { get; init; } = SpiFunctions.AllClocks;

    /// <summary>In Hz; 0: without a limit.</summary>
    public uint MaxFrequency { get; init; }

    /// <summary>Between words, in nanoseconds.</summary>
    public uint MaxWordDelay { get; init; }

    /// <summary>After the chip is selected.</summary>
    public uint MaxSetupDelay { get; init; }

    /// <summary>Before it is deselected.</summary>
    public uint MaxHoldDelay { get; init; }

    /// <summary>Until it can be selected again.</summary>
    public uint MaxInactiveDelay { get; init; }

    /// <summary>The most of it, for people.</summary>
    public override string ToString()
    {
        List<string> words = [ChipSelects == 1 ? "1 chip select" : $"{ChipSelects} chip selects"];
        if (MaxFrequency > 0)
            words.Add($"at most {MaxFrequency} Hz");
        if (WordSizes > 0)
            words.Add("words of " + string.Join(", ", Enumerable.Range(1, MaxBits).Where(n => (WordSizes >> (n - 1) & 1) != 0)) + " bits");
        if (SentLines != SpiLines.Single)
            words.Add($"sends on {SentLines} lines");
        if (ReceivedLines != SpiLines.Single)
            words.Add($"receives on {ReceivedLines} lines");
        if ((Functions & SpiFunctions.AllClocks) != SpiFunctions.AllClocks)
            words.Add($"of the clocks {Functions & SpiFunctions.AllClocks}");
        if ((Functions & ~SpiFunctions.AllClocks) != 0)
            words.Add((Functions & ~SpiFunctions.AllClocks).ToString());
        return string.Join("; ", words);
    }

    internal SpiConfig ToConfig() => new()
    {
        ChipSelects = (byte)ChipSelects,
        ChipSelectChange = 1,
        SentLines = SentLines,
        ReceivedLines = ReceivedLines,
        WordSizes = WordSizes,
        Functions = Functions,
        MaxFrequency = MaxFrequency,
        MaxWordDelay = MaxWordDelay,
        MaxSetupDelay = MaxSetupDelay,
        MaxHoldDelay = MaxHoldDelay,
        MaxInactiveDelay = MaxInactiveDelay,
    };

    /// <summary>Bytes in memory of a word.</summary>
    internal static int WordBytes(int bits) => bits switch { <= 8 => 1, <= 16 => 2, _ => 4 };

    /// <summary>Whether a request asks for nothing else (virtio 1.4 §5.20.6.2). Reserved bytes do not count.</summary>
    /// <param name="head">With what stands for a default filled in afterwards.</param>
    /// <param name="sent">Bytes that the driver wrote behind the head.</param>
    /// <param name="received">Bytes that the device may write before the result.</param>
    internal bool Accept(ref SpiTransferHead head, uint sent, uint received)
    {
        if (head.BitsPerWord == 0)
            head.BitsPerWord = DefaultBits;
        return head.ChipSelect < ChipSelects
            && head.BitsPerWord <= MaxBits
            && (WordSizes == 0 || (WordSizes >> (head.BitsPerWord - 1) & 1) != 0)
            && HasLines(SentLines, head.SentLines, sent)
            && HasLines(ReceivedLines, head.ReceivedLines, received)
            && HasMode(head.Mode)
            && (MaxFrequency == 0 || head.Frequency <= MaxFrequency)
            && head.WordDelay <= MaxWordDelay
            && head.SetupDelay <= MaxSetupDelay
            && head.HoldDelay <= MaxHoldDelay
            && head.InactiveDelay <= MaxInactiveDelay
            && (sent == 0 || received == 0 ? sent + received > 0 : sent == received)
            && Math.Max(sent, received) % (uint)WordBytes(head.BitsPerWord) == 0;
    }

    // Of a direction in which nothing goes nobody can say on how many lines it does.
    private static bool HasLines(SpiLines supported, byte lines, uint bytes) => lines switch
    {
        0 or 1 => true,
        2 or 4 or 8 => bytes > 0 && (supported & (SpiLines)(lines >> 1)) != 0,
        _ => false,
    };

    private bool HasMode(SpiTransferMode mode)
    {
        SpiFunctions needed = (mode & SpiTransferMode.SecondEdge) != 0 ? SpiFunctions.SecondEdge : SpiFunctions.FirstEdge;
        needed |= (mode & SpiTransferMode.ClockHigh) != 0 ? SpiFunctions.ClockHigh : SpiFunctions.ClockLow;
        if ((mode & SpiTransferMode.ChipSelectHigh) != 0)
            needed |= SpiFunctions.ChipSelectHigh;
        if ((mode & SpiTransferMode.LeastBitFirst) != 0)
            needed |= SpiFunctions.LeastBitFirst;
        if ((mode & SpiTransferMode.Loop) != 0)
            needed |= SpiFunctions.Loop;
        return (mode & ~SpiTransferMode.All) == 0 && (needed & ~Functions) == 0;
    }
}
