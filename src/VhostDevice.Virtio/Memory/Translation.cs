// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Virtio.Memory;

/// <summary>What became of an address that a driver gave; see <see cref="MemoryHold.Translate"/>.</summary>
public enum TranslationOutcome
{
    /// <summary>All of the range is in guest memory.</summary>
    Found,

    /// <summary>
    /// Behind an IOMMU a part of the range has no translation yet. The request goes back into its ring until there is
    /// one (<see cref="Queues.Virtqueue.PutBack(Queues.DescriptorChain, IotlbMiss)"/>).
    /// </summary>
    Missing,

    /// <summary>A part of the range is no guest memory, or the range wraps around: an error of the driver.</summary>
    Outside,

    /// <summary>The range is in more pieces than the caller has room for.</summary>
    TooManyPieces,
}

/// <summary>The answer of <see cref="MemoryHold.Translate"/>.</summary>
public readonly struct Translation
{
    internal Translation(TranslationOutcome outcome, int pieces, IotlbMiss miss = default)
    {
        Outcome = outcome;
        Pieces = pieces;
        Miss = miss;
    }

    public TranslationOutcome Outcome { get; }

    /// <summary>Whether all of the range is there.</summary>
    public bool IsFound => Outcome == TranslationOutcome.Found;

    /// <summary>Pieces stored; those of an incomplete range are of no use.</summary>
    public int Pieces { get; }

    /// <summary>With <see cref="TranslationOutcome.Missing"/>: what is missing.</summary>
    public IotlbMiss Miss { get; }
}
