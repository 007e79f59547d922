// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Scmi.Messages;

/// <summary>
/// A protocol of a platform: what agents can ask about one kind of thing. What every protocol has (its version, the attributes
/// of its commands, negotiation) is here. Commands of different agents may be served at the same time, on any threads.
/// </summary>
public abstract class ScmiProtocol
{
    internal const byte VersionMessage = 0;
    internal const byte AttributesMessage = 1;
    internal const byte MessageAttributesMessage = 2;
    internal const byte NegotiateMessage = 0x10;

    /// <summary>The number of parameters of a command that has no fixed one.</summary>
    private protected const int AnyNumber = -2;

    /// <summary>There is no such command.</summary>
    private protected const int NoSuchMessage = -1;

    /// <summary>Bytes of a name in a list; a longer one is asked for by itself.</summary>
    private protected const int ShortNameBytes = 16;

    /// <summary>Bytes of a name that is asked for by itself.</summary>
    private protected const int LongNameBytes = 64;

    // By domain, one more than the number.
    private int[] _devices = [];

    private protected ScmiProtocol(ScmiPlatform platform, byte id, uint version)
    {
        Platform = platform;
        Id = id;
        Version = version;
        Index = platform.Add(this);
    }

    /// <summary>Its number, 0x10 to 0x19.</summary>
    public byte Id { get; }

    /// <summary>The newest that it speaks: major in the upper half, minor in the lower.</summary>
    public uint Version { get; }

    /// <summary>Its place in <see cref="ScmiPlatform.Protocols"/>.</summary>
    internal int Index { get; }

    /// <summary>Words of what each agent has set in this protocol.</summary>
    internal abstract int StateWords { get; }

    private protected ScmiPlatform Platform { get; }

    internal void SetDevice(int domain, int device)
    {
        if (domain >= _devices.Length)
            Array.Resize(ref _devices, domain + 1);
        _devices[domain] = device + 1;
    }

    /// <summary>The device that a domain belongs to; -1: none.</summary>
    internal int DeviceOf(uint domain) => domain < (uint)_devices.Length ? _devices[domain] - 1 : -1;

    /// <summary>Serves a command that is not too short for being one. From any thread.</summary>
    internal ScmiStatus Serve(ScmiAgent agent, ScmiCall call)
    {
        byte message = call.Header.Message;
        int parameters = ParametersOf(message);
        if (parameters == NoSuchMessage)
            return ScmiStatus.NotSupported;
        if (parameters != AnyNumber && call.ParameterBytes != parameters * sizeof(uint))
            return ScmiStatus.ProtocolError;
        switch (message)
        {
            case VersionMessage:
                call.Put(Version);
                return ScmiStatus.Success;
            case AttributesMessage:
                PutAttributes(call);
                return ScmiStatus.Success;
            case MessageAttributesMessage:
                return PutAttributesOf(call);
            case NegotiateMessage:
                return Negotiate(call.Take());
            default:
                return Serve(agent, call, message);
        }
    }

    /// <summary>What an agent has not set yet. Under the platform's gate.</summary>
    internal virtual void Forget(ScmiAgent agent) => agent.StateOf(this).Clear();

    /// <summary>What an agent has set is something else than before. On any thread, and not under the gate.</summary>
    internal virtual void StateChanged(ScmiAgent agent)
    {
    }

    /// <summary>A guest is there for the agent; on its loop.</summary>
    internal virtual void GuestCame(ScmiAgent agent)
    {
    }

    /// <summary>It has left; on its loop.</summary>
    internal virtual void GuestLeft(ScmiAgent agent)
    {
    }

    /// <summary>How many parameters a command of the protocol's own has; or one of the two names above.</summary>
    private protected abstract int ParametersOfOwn(byte message);

    /// <summary>The answer to PROTOCOL_ATTRIBUTES.</summary>
    private protected abstract void PutAttributes(ScmiCall call);

    /// <summary>Serves a command of the protocol's own, whose length is right.</summary>
    private protected abstract ScmiStatus Serve(ScmiAgent agent, ScmiCall call, byte message);

    /// <summary>Whether a word of flags has none but those that there are.</summary>
    private protected static bool HasOnly(uint flags, uint known) => (flags & ~known) == 0;

    private int ParametersOf(byte message) => message switch
    {
        VersionMessage or AttributesMessage => 0,
        MessageAttributesMessage or NegotiateMessage => 1,
        _ => ParametersOfOwn(message),
    };

    private ScmiStatus PutAttributesOf(ScmiCall call)
    {
        uint message = call.Take();
        if (message > byte.MaxValue)
            return ScmiStatus.InvalidParameters;
        if (ParametersOf((byte)message) == NoSuchMessage)
            return ScmiStatus.NotFound;
        // No command has a fast channel.
        call.Put(0u);
        return ScmiStatus.Success;
    }

    // What an older minor version has means the same in a newer one.
    private ScmiStatus Negotiate(uint version) =>
        version >> 16 == Version >> 16 && version <= Version ? ScmiStatus.Success : ScmiStatus.NotSupported;
}
