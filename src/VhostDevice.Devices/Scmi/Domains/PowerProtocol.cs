// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>The power domain protocol (SCMI 3.2 §4.3).</summary>
public sealed class PowerProtocol : DomainProtocol<ScmiPower>
{
    internal const byte Number = 0x11;

    private const byte DomainAttributes = 3;
    private const byte StateSet = 4;
    private const byte StateGet = 5;
    private const byte StateNotify = 6;
    private const byte StateChangeRequestedNotify = 7;
    private const byte NameGet = 8;

    private const byte PowerStateChanged = 0;
    private const byte PowerStateRequested = 1;

    private const uint Notifies = 1u << 31;
    private const uint IsSynchronous = 1u << 29;
    private const uint NotifiesRequest = 1u << 28;
    private const uint HasLongName = 1u << 27;

    private const uint On = 0;
    private const uint Off = 1u << 30; // what was in it is lost
    private const uint Asynchronous = 1;

    /// <param name="domains">Their places are their numbers.</param>
    public PowerProtocol(ScmiPlatform platform, IReadOnlyList<ScmiPower> domains)
        : base(platform, Number, 0x30001, domains)
    {
    }

    private protected override byte NameMessage => NameGet;

    private protected override bool BeginsWithFlags(byte message) => message == StateSet;

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        DomainAttributes or StateGet or NameGet => 1,
        StateNotify or StateChangeRequestedNotify => 2,
        StateSet => 3,
        _ => NoSuchMessage,
    };

    // There is no memory shared for statistics.
    private protected override void PutAttributes(ScmiCall call)
    {
        call.Put((uint)Domains.Count);
        call.Put(0ul);
        call.Put(0u);
    }

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message, uint number, ScmiPower power, uint flags)
    {
        switch (message)
        {
            case DomainAttributes:
                call.Put(Notifies | IsSynchronous | NotifiesRequest | LongName(power, HasLongName));
                call.Put(power.Name, ShortNameBytes);
                return ScmiStatus.Success;
            case StateSet:
                return SetState(number, power, flags, call.Take());
            case StateGet:
                call.Put(power.IsOn ? On : Off);
                return ScmiStatus.Success;
            default:
                return SetNotify(agent, number, message == StateNotify ? PowerStateChanged : PowerStateRequested, call.Take());
        }
    }

    private protected override void OnChanged(uint number, ScmiPower power) => NotifyLatest(PowerStateChanged, number, power.IsOn ? On : Off);

    private ScmiStatus SetState(uint number, ScmiPower power, uint flags, uint state)
    {
        if (!HasOnly(flags, Asynchronous) || state is not (On or Off))
            return ScmiStatus.InvalidParameters;
        if (flags != 0)
            return ScmiStatus.NotSupported;
        NotifyEvent(PowerStateRequested, number, state);
        power.IsOn = state == On;
        return ScmiStatus.Success;
    }
}
