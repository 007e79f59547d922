// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Devices.Scmi.Messages;

namespace VhostDevice.Devices.Scmi.Domains;

/// <summary>
/// The system power protocol (SCMI 3.2 §4.4): agents say what is to become of the whole, and are told when somebody wants it to
/// end.
/// </summary>
public sealed class SystemPowerProtocol : ScmiProtocol
{
    internal const byte Number = 0x12;

    private const byte StateSet = 3;
    private const byte StateGet = 4;
    private const byte StateNotify = 5;

    private const byte StateNotifier = 0;
    private const uint Graceful = 1;
    private const uint WithoutTimeout = 0;
    private const uint On = 3;

    private readonly Action<ScmiAgent, ScmiSystemState> _set;

    /// <param name="set">Does what an agent asks for, under the gate.</param>
    public SystemPowerProtocol(ScmiPlatform platform, Action<ScmiAgent, ScmiSystemState> set)
        : base(platform, Number, 0x20001) => _set = set;

    internal override int StateWords => 1;

    /// <summary>Asks all agents that want to know to end in good order. Under the gate.</summary>
    public void Request(ScmiSystemState state)
    {
        foreach (ScmiAgent agent in Platform.Agents)
        {
            if (agent.StateOf(this)[0] != 0)
                agent.Notify(this, StateNotifier, ScmiAgent.PlatformId, Graceful, (uint)state, WithoutTimeout);
        }
    }

    private protected override int ParametersOfOwn(byte message) => message switch
    {
        StateGet => 0,
        StateNotify => 1,
        StateSet => 2,
        _ => NoSuchMessage,
    };

    private protected override void PutAttributes(ScmiCall call) => call.Put(0u);

    private protected override ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message)
    {
        lock (Platform.Gate)
        {
            switch (message)
            {
                case StateGet:
                    call.Put(On);
                    return ScmiStatus.Success;
                case StateNotify:
                    uint enable = call.Take();
                    if (!HasOnly(enable, 1))
                        return ScmiStatus.InvalidParameters;
                    agent.StateOf(this)[0] = enable;
                    return ScmiStatus.Success;
                default:
                    uint flags = call.Take(), state = call.Take();
                    if (!HasOnly(flags, Graceful) || state > (uint)ScmiSystemState.Suspend)
                        return ScmiStatus.InvalidParameters;
                    if (!agent.IsTrusted)
                        return ScmiStatus.Denied;
                    _set(agent, (ScmiSystemState)state);
                    return ScmiStatus.Success;
            }
        }
    }
}
