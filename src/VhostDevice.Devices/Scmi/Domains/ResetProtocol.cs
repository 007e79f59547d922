// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>The reset domain protocol (SCMI 3.2 §4.8).</summary>
public sealed class ResetProtocol : DomainProtocol<ScmiReset>
{
    internal const byte Number = 0x16;

    private const byte DomainAttributes = 3;
    private const byte Reset = 4;
    private const byte ResetNotify = 5;
    private const byte NameGet = 6;

    private const byte ResetIssued = 0;

    private const uint Notifies = 1u << 30;
    private const uint HasLongName = 1u << 29;

    private const uint Autonomous = 1 << 0;
    private const uint Assert = 1 << 1;
    private const uint Asynchronous = 1 << 2;
    private const uint ResetFlags = Autonomous | Assert | Asynchronous;

    // The architecture's only one: everything is lost.
    private const uint Cold = 0;

    /// <param name="resets">Their places are their numbers.</param>
    public ResetProtocol(ScmiPlatform platform, IReadOnlyList<ScmiReset> resets)
        : base(platform, Number, 0x30001, resets)
    {
    }

    private protected override byte NameMessage => NameGet;

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        DomainAttributes or NameGet => 1,
        ResetNotify => 2,
        Reset => 3,
        _ => NoSuchMessage,
    };

    private protected override void PutAttributes(ScmiCall call) => call.Put((uint)Domains.Count);

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message, uint number, ScmiReset reset, uint flags)
    {
        switch (message)
        {
            case DomainAttributes:
                call.Put(Notifies | LongName(reset, HasLongName));
                call.Put(0u); // it takes no time
                call.Put(reset.Name, ShortNameBytes);
                return ScmiStatus.Success;
            case ResetNotify:
                return SetNotify(agent, number, ResetIssued, call.Take());
            default:
                return Issue(number, reset, call.Take(), call.Take());
        }
    }

    private protected override void OnChanged(uint number, ScmiReset domain)
    {
    }

    private ScmiStatus Issue(uint number, ScmiReset reset, uint flags, uint state)
    {
        if (!HasOnly(flags, ResetFlags) || state != Cold || (flags & (Autonomous | Assert)) == (Autonomous | Assert))
            return ScmiStatus.InvalidParameters;
        if ((flags & Asynchronous) != 0)
            return ScmiStatus.NotSupported;
        if ((flags & Autonomous) != 0)
        {
            reset.IsAsserted = true;
            reset.IsAsserted = false;
        }
        else
        {
            reset.IsAsserted = (flags & Assert) != 0;
        }

        if (flags != 0)
            NotifyEvent(ResetIssued, number, state);
        return ScmiStatus.Success;
    }
}
