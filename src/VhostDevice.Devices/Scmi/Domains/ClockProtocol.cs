// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>The clock protocol (SCMI 3.2 §4.6). Clocks have no parents.</summary>
public sealed class ClockProtocol : DomainProtocol<ScmiClock>
{
    internal const byte Number = 0x14;

    private const byte ClockAttributes = 3;
    private const byte DescribeRates = 4;
    private const byte RateSet = 5;
    private const byte RateGet = 6;
    private const byte ConfigSet = 7;
    private const byte NameGet = 8;
    private const byte RateNotify = 9;
    private const byte RateChangeRequestedNotify = 0xa;
    private const byte ConfigGet = 0xb;

    private const byte RateChanged = 0;
    private const byte RateChangeRequested = 1;

    private const uint NotifiesChange = 1u << 31;
    private const uint NotifiesRequest = 1u << 30;
    private const uint HasLongName = 1u << 29;
    private const uint InSteps = 3 | (1u << 12);

    private const uint Asynchronous = 1 << 0;
    private const uint RoundUp = 1 << 2;
    private const uint RoundAsWell = 1 << 3;
    private const uint RateFlags = 0xf;

    private const uint StateMask = 3;
    private const uint Unchanged = 3;

    /// <param name="clocks">Their places are their numbers.</param>
    public ClockProtocol(ScmiPlatform platform, IReadOnlyList<ScmiClock> clocks)
        : base(platform, Number, 0x30000, clocks)
    {
    }

    private protected override byte NameMessage => NameGet;

    private protected override bool BeginsWithFlags(byte message) => message == RateSet;

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        ClockAttributes or RateGet or NameGet => 1,
        DescribeRates or RateNotify or RateChangeRequestedNotify or ConfigGet => 2,
        ConfigSet => 3,
        RateSet => 4,
        _ => NoSuchMessage,
    };

    private protected override void PutAttributes(ScmiCall call) => call.Put((uint)Domains.Count);

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message, uint number, ScmiClock clock, uint flags)
    {
        switch (message)
        {
            case ClockAttributes:
                call.Put(NotifiesChange | NotifiesRequest | LongName(clock, HasLongName) | (clock.IsEnabled ? 1u : 0));
                call.Put(clock.Name, ShortNameBytes);
                call.Put(0u); // enabling takes no time
                return ScmiStatus.Success;
            case DescribeRates:
                if (call.Take() != 0)
                    return ScmiStatus.OutOfRange;
                call.Put(InSteps);
                call.Put((ulong)clock.Rates.Least);
                call.Put((ulong)clock.Rates.Most);
                call.Put((ulong)clock.Rates.Step);
                return ScmiStatus.Success;
            case RateSet:
                return SetRate(number, clock, flags, call.TakeLong());
            case RateGet:
                call.Put((ulong)clock.Rate);
                return ScmiStatus.Success;
            case ConfigSet:
                return Configure(clock, call.Take());
            case ConfigGet:
                if (call.Take() != 0)
                    return ScmiStatus.NotSupported;
                call.Put(0u);
                call.Put(clock.IsEnabled ? 1u : 0);
                call.Put(0u);
                return ScmiStatus.Success;
            default:
                return SetNotify(agent, number, message == RateNotify ? RateChanged : RateChangeRequested, call.Take());
        }
    }

    private protected override void OnChanged(uint number, ScmiClock clock)
    {
        if (clock.Reported == clock.Rate)
            return;
        clock.Reported = clock.Rate;
        NotifyLatest(RateChanged, number, (uint)clock.Rate, (uint)(clock.Rate >> 32));
    }

    private ScmiStatus SetRate(uint number, ScmiClock clock, uint flags, ulong rate)
    {
        if (!HasOnly(flags, RateFlags) || (flags & (RoundUp | RoundAsWell)) == (RoundUp | RoundAsWell))
            return ScmiStatus.InvalidParameters;
        if ((flags & Asynchronous) != 0)
            return ScmiStatus.NotSupported;
        if (rate > long.MaxValue || !clock.Rates.Has((long)rate))
            return ScmiStatus.InvalidParameters;
        NotifyEvent(RateChangeRequested, number, (uint)rate, (uint)(rate >> 32));
        clock.Rate = clock.Rates.Round(
            (long)rate,
            (flags & RoundUp) != 0 ? ScmiSteps.Rounding.Up
            : (flags & RoundAsWell) != 0 ? ScmiSteps.Rounding.Nearest : ScmiSteps.Rounding.Down);
        return ScmiStatus.Success;
    }

    private static ScmiStatus Configure(ScmiClock clock, uint attributes)
    {
        uint state = attributes & StateMask;
        if (state == 2)
            return ScmiStatus.InvalidParameters;
        // Settings of the vendor's own.
        if ((attributes & ~StateMask) != 0)
            return ScmiStatus.NotSupported;
        if (state != Unchanged)
            clock.IsEnabled = state == 1;
        return ScmiStatus.Success;
    }
}
