// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Buffers.Binary;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Linux;
using VhostDevice.Virtio.Devices;
using VhostDevice.Virtio.Queues;

namespace VhostDevice.Devices.Scmi;

/// <summary>
/// The SCMI device (virtio 1.3 §5.18): Arm's System Control and Management Interface. Commands of the guest come through the first
/// queue, each in a buffer with one for its answer; notifications go through the second.
/// </summary>
public sealed class ScmiDevice : BlockingRequestDevice<ScmiCall>
{
    /// <summary>VIRTIO_SCMI_F_P2A_CHANNELS: there are notifications.</summary>
    public const ulong Notifications = 1 << 0;

    private const int CommandQueue = 0;
    private const int EventQueue = 1;

    private readonly ScmiAgent _agent;
    private ScmiNotices? _notices;

    /// <param name="agent">Of the socket; stays the caller's.</param>
    /// <param name="calls">Who makes calls that may wait; stays the caller's. Null: none does.</param>
    public ScmiDevice(ScmiAgent agent, HostCalls? calls)
        : base(calls) => _agent = agent;

    public override uint DeviceId => 32;

    public override int QueueCount => 2;

    public override ulong Features => Notifications;

    /// <summary>What the agent has set.</summary>
    public override uint StateVersion => 1;

    public override void QueueStarted(Virtqueue queue)
    {
        if (queue.Index == EventQueue)
            _notices!.Start(queue);
        else if (queue.BeginsAnew)
            _agent.Forget();
    }

    public override void QueueStopping(Virtqueue queue)
    {
        if (queue.Index == EventQueue)
            _notices!.Stop();
    }

    public override void ServeQueue(Virtqueue queue)
    {
        if (queue.Index == EventQueue)
            _notices!.Serve(queue);
        else
            base.ServeQueue(queue);
    }

    public override void CancelRequests(Virtqueue queue)
    {
        if (queue.Index == CommandQueue)
            base.CancelRequests(queue);
    }

    public override void SaveState(IBufferWriter<byte> target)
    {
        lock (_agent.Platform.Gate)
        {
            foreach (uint[] words in _agent.State)
            {
                foreach (uint word in words)
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(target.GetSpan(sizeof(uint)), word);
                    target.Advance(sizeof(uint));
                }
            }
        }
    }

    public override bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        int bytes = _agent.State.Sum(static w => w.Length) * sizeof(uint);
        problem = version != StateVersion ? $"version {version} of it is not known here"
            : state.Length != bytes ? $"it has {state.Length} bytes, and {bytes} would fit what is here: start both daemons with the same options"
            : "";
        if (problem.Length > 0)
            return false;
        lock (_agent.Platform.Gate)
        {
            foreach (uint[] words in _agent.State)
            {
                foreach (ref uint word in words.AsSpan())
                {
                    word = BinaryPrimitives.ReadUInt32LittleEndian(state);
                    state = state[sizeof(uint)..];
                }
            }
        }

        _agent.StateChanged();
        return true;
    }

    public override IEnumerable<string> DescribeState() =>
        [$"{_agent.Name}: {_agent.Platform.Protocols.Count} protocols, {_notices?.Waiting ?? 0} notifications wait for the guest"];

    protected override void OnAttached()
    {
        _notices = new ScmiNotices(Host, _agent.Statistics);
        _agent.Join(Host.Loop, _notices);
    }

    protected override void Dispose(bool disposing)
    {
        if (_notices is not null)
            _agent.Leave(_notices);
        base.Dispose(disposing);
    }

    protected override ScmiCall NewRequest() => new();

    protected override bool TryRead(Virtqueue queue, DescriptorChain chain, ScmiCall request)
    {
        request.Read(chain);
        return true;
    }

    protected override void Call(ScmiCall request) => _agent.Platform.Answer(_agent, request);

    protected override uint Write(DescriptorChain chain, ScmiCall request) => request.Write(chain);

    // What was given up.
    protected override uint WriteError(DescriptorChain chain)
    {
        ScmiCall call = new();
        call.Read(chain);
        call.End(ScmiStatus.GenericError);
        return call.Write(chain);
    }
}
