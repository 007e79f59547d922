// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux;

namespace VhostDevice.Devices.Can;

/// <summary>
/// Which frames a guest may send, and which it gets. In a direction with filters those pass that any of them lets pass; in one
/// without, all.
/// </summary>
public sealed class CanFilters
{
    /// <summary>Most filters of a guest; each is looked at for each frame.</summary>
    public const int Most = 64;

    /// <summary>How they are written, for messages.</summary>
    internal const string Forms =
        "ID/MASK lets frames pass, ID~MASK all others, of three or eight hexadecimal digits each, with rx= or tx= in front for one "
        + "direction and a comma between several, such as rx=123/7FF,tx=200/700";

    private readonly CanFilter[] _received;
    private readonly CanFilter[] _sent;

    private CanFilters(CanFilter[] received, CanFilter[] sent)
    {
        _received = received;
        _sent = sent;
    }

    /// <summary>Those for what the guest gets; none: all.</summary>
    public ReadOnlySpan<CanFilter> Received => _received;

    /// <summary>Reads <c>rx=123/7FF,tx=200/700,1ABCDEF0~1FFFFFFF</c>: without a direction a filter is for both.</summary>
    /// <param name="filters">Null for an empty text: everything passes.</param>
    public static bool TryParse(string text, out CanFilters? filters)
    {
        filters = null;
        if (text.Length == 0)
            return true;
        string[] words = text.Split(',');
        List<CanFilter> received = [], sent = [];
        foreach (string word in words)
        {
            bool isForReceiving = word.StartsWith("rx=", StringComparison.Ordinal);
            bool isForSending = word.StartsWith("tx=", StringComparison.Ordinal);
            if (!CanFilter.TryParse(isForReceiving || isForSending ? word[3..] : word, out CanFilter filter))
                return false;
            if (!isForSending)
                received.Add(filter);
            if (!isForReceiving)
                sent.Add(filter);
        }

        filters = new CanFilters([.. received], [.. sent]);
        return words.Length <= Most;
    }

    internal bool MayReceive(in CanFrame frame) => Passes(_received, frame);

    internal bool MaySend(in CanFrame frame) => Passes(_sent, frame);

    private static bool Passes(CanFilter[] filters, in CanFrame frame)
    {
        foreach (CanFilter filter in filters)
        {
            if (filter.Passes(frame))
                return true;
        }

        return filters.Length == 0;
    }
}
