// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>The performance domain protocol (SCMI 3.2 §4.5), without fast channels, which are memory that is shared otherwise.</summary>
public sealed class PerformanceProtocol : DomainProtocol<ScmiPerformance>
{
    internal const byte Number = 0x13;

    private const byte DomainAttributes = 3;
    private const byte DescribeLevels = 4;
    private const byte LimitsSet = 5;
    private const byte LimitsGet = 6;
    private const byte LevelSet = 7;
    private const byte LevelGet = 8;
    private const byte NotifyLimits = 9;
    private const byte NotifyLevel = 0xa;
    private const byte NameGet = 0xc;

    private const byte LimitsChanged = 0;
    private const byte LevelChanged = 1;

    private const uint SetsLimits = 1u << 31;
    private const uint SetsLevel = 1u << 30;
    private const uint NotifiesLimits = 1u << 29;
    private const uint NotifiesLevel = 1u << 28;
    private const uint HasLongName = 1u << 26;
    private const uint InMilliwatts = 1u << 16;
    private const int PointBytes = 20;

    /// <param name="domains">Their places are their numbers.</param>
    public PerformanceProtocol(ScmiPlatform platform, IReadOnlyList<ScmiPerformance> domains)
        : base(platform, Number, 0x40000, domains)
    {
    }

    private protected override byte NameMessage => NameGet;

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        DomainAttributes or LimitsGet or LevelGet or NameGet => 1,
        DescribeLevels or LevelSet or NotifyLimits or NotifyLevel => 2,
        LimitsSet => 3,
        _ => NoSuchMessage,
    };

    private protected override void PutAttributes(ScmiCall call)
    {
        call.Put((uint)Domains.Count | InMilliwatts);
        call.Put(0ul);
        call.Put(0u);
    }

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message, uint number, ScmiPerformance domain, uint flags)
    {
        switch (message)
        {
            case DomainAttributes:
                ScmiOperatingPoint fastest = domain.Points[^1];
                call.Put(SetsLimits | SetsLevel | NotifiesLimits | NotifiesLevel | LongName(domain, HasLongName));
                call.Put(0u); // levels may be set as often as one likes
                call.Put(fastest.Kilohertz);
                call.Put(fastest.Level);
                call.Put(domain.Name, ShortNameBytes);
                return ScmiStatus.Success;
            case DescribeLevels:
                return Describe(domain, call, call.Take());
            case LimitsSet:
                return SetLimits(domain, call.Take(), call.Take());
            case LimitsGet:
                call.Put(domain.Most);
                call.Put(domain.Least);
                return ScmiStatus.Success;
            case LevelSet:
                uint level = call.Take();
                if (level < domain.Least || level > domain.Most)
                    return ScmiStatus.OutOfRange;
                domain.Level = domain.PointAt(level);
                return ScmiStatus.Success;
            case LevelGet:
                call.Put(domain.Level);
                return ScmiStatus.Success;
            default:
                return SetNotify(agent, number, message == NotifyLimits ? LimitsChanged : LevelChanged, call.Take());
        }
    }

    private protected override void OnChanged(uint number, ScmiPerformance domain)
    {
        bool isLevel = domain.Level != domain.ReportedLevel;
        bool isLimit = domain.Least != domain.ReportedLeast || domain.Most != domain.ReportedMost;
        domain.Report();
        if (isLimit)
            NotifyLatest(LimitsChanged, number, domain.Most, domain.Least);
        if (isLevel)
            NotifyLatest(LevelChanged, number, domain.Level);
    }

    private static ScmiStatus Describe(ScmiPerformance domain, ScmiCall call, uint first)
    {
        if (first >= (uint)domain.Points.Count)
            return ScmiStatus.OutOfRange;
        int head = call.PutLater();
        uint count = 0;
        for (int i = (int)first; i < domain.Points.Count && call.Room >= PointBytes; i++, count++)
        {
            ScmiOperatingPoint point = domain.Points[i];
            call.Put(point.Level);
            call.Put(point.Power);
            call.Put(0u); // changing takes no time
            call.Put(point.Kilohertz);
            call.Put((uint)i);
        }

        if (count == 0)
            return ScmiStatus.CommunicationError;
        call.Set(head, count | (((uint)domain.Points.Count - first - count) << 16));
        return ScmiStatus.Success;
    }

    private static ScmiStatus SetLimits(ScmiPerformance domain, uint most, uint least)
    {
        if (least > most)
            return ScmiStatus.InvalidParameters;
        if (most < domain.Points[0].Level || least > domain.Points[^1].Level)
            return ScmiStatus.OutOfRange;
        domain.Limit(least, most);
        domain.Level = domain.PointAt(Math.Clamp(domain.Level, least, most));
        return ScmiStatus.Success;
    }
}
