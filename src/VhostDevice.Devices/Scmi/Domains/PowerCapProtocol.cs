// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>The power capping protocol (SCMI 3.2 §4.10). All domains are roots, and are averaged over a second.</summary>
public sealed class PowerCapProtocol : DomainProtocol<ScmiPowerCap>
{
    internal const byte Number = 0x18;

    private const byte DomainAttributes = 3;
    private const byte CapGet = 4;
    private const byte CapSet = 5;
    private const byte IntervalGet = 6;
    private const byte IntervalSet = 7;
    private const byte NameGet = 8;
    private const byte MeasurementsGet = 9;
    private const byte CapNotify = 0xa;
    private const byte MeasurementsNotify = 0xb;

    private const byte CapChanged = 0;
    private const byte MeasurementsChanged = 1;

    private const uint NotifiesCap = 1u << 31;
    private const uint NotifiesMeasurements = 1u << 30;
    private const uint HasLongName = 1u << 28;
    private const uint IsConfigurable = 1u << 27;
    private const uint IsMonitored = 1u << 26;
    private const uint InMilliwatts = 2u << 23;
    private const uint IsRoot = uint.MaxValue;

    private const uint Asynchronous = 1 << 1;
    private const uint SetFlags = 3;
    private const uint Interval = 1_000_000;

    // What an agent is notified of, and the least and most power beyond which it is.
    private const int LowWord = 1;
    private const int HighWord = 2;

    /// <param name="domains">Their places are their numbers.</param>
    public PowerCapProtocol(ScmiPlatform platform, IReadOnlyList<ScmiPowerCap> domains)
        : base(platform, Number, 0x20000, domains)
    {
    }

    private protected override int WordsPerDomain => 3;

    private protected override byte NameMessage => NameGet;

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        DomainAttributes or CapGet or IntervalGet or NameGet or MeasurementsGet => 1,
        CapNotify => 2,
        CapSet or IntervalSet => 3,
        MeasurementsNotify => 4,
        _ => NoSuchMessage,
    };

    private protected override void PutAttributes(ScmiCall call) => call.Put((uint)Domains.Count);

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message, uint number, ScmiPowerCap domain, uint flags)
    {
        switch (message)
        {
            case DomainAttributes:
                Describe(domain, call);
                return ScmiStatus.Success;
            case CapGet:
                call.Put((uint)domain.Cap);
                return ScmiStatus.Success;
            case CapSet:
                return SetCap(domain, call.Take(), call.Take());
            case IntervalGet:
                call.Put(Interval);
                return ScmiStatus.Success;
            case IntervalSet:
                return ScmiStatus.NotSupported;
            case MeasurementsGet:
                call.Put((uint)domain.Power);
                call.Put(Interval);
                return ScmiStatus.Success;
            case CapNotify:
                return SetNotify(agent, number, CapChanged, call.Take());
            default:
                uint enable = call.Take(), low = call.Take(), high = call.Take();
                if (low > high)
                    return ScmiStatus.InvalidParameters;
                (StateOf(agent, number)[LowWord], StateOf(agent, number)[HighWord]) = (low, high);
                return SetNotify(agent, number, MeasurementsChanged, enable);
        }
    }

    private protected override void OnChanged(uint number, ScmiPowerCap domain)
    {
        bool isPower = domain.Power != domain.ReportedPower;
        bool isCap = domain.Cap != domain.ReportedCap;
        (domain.ReportedCap, domain.ReportedPower) = (domain.Cap, domain.Power);
        if (isCap)
            NotifyLatest(CapChanged, number, (uint)domain.Cap, Interval);
        if (!isPower)
            return;
        foreach (ScmiAgent agent in Platform.Agents)
        {
            Span<uint> state = StateOf(agent, number);
            bool isWanted = (state[0] & (1u << MeasurementsChanged)) != 0 && agent.MayUse(this, number);
            if (isWanted && (domain.Power < state[LowWord] || domain.Power > state[HighWord]))
                agent.NotifyLatest(this, MeasurementsChanged, number, Cause, number, (uint)domain.Power);
        }
    }

    private static void Describe(ScmiPowerCap domain, ScmiCall call)
    {
        call.Put(NotifiesCap | NotifiesMeasurements | LongName(domain, HasLongName) | IsConfigurable | IsMonitored | InMilliwatts);
        call.Put(domain.Name, ShortNameBytes);
        call.Put(Interval);
        call.Put(Interval);
        call.Put(0u);
        call.Put((uint)domain.Caps.Least);
        call.Put((uint)domain.Caps.Most);
        call.Put((uint)domain.Caps.Step);
        call.Put((uint)domain.Caps.Most); // it can be borne for ever
        call.Put(0u);
        call.Put(IsRoot);
    }

    private static ScmiStatus SetCap(ScmiPowerCap domain, uint flags, uint cap)
    {
        if (!HasOnly(flags, SetFlags))
            return ScmiStatus.InvalidParameters;
        if ((flags & Asynchronous) != 0)
            return ScmiStatus.NotSupported;
        if (!domain.Caps.Has(cap))
            return ScmiStatus.OutOfRange;
        domain.Cap = domain.Caps.Round(cap, ScmiSteps.Rounding.Down);
        return ScmiStatus.Success;
    }
}
