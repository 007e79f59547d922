// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using System.Text;
using VhostDevice.Devices.Scmi;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Linux;
using VhostDevice.TestKit;
using VhostDevice.VhostUser.FrontEnd;
using Xunit;

namespace VhostDevice.Devices.Tests.Scmi;

/// <summary>The SCMI device on its socket with sensors of the test, and short forms for what its driver asks.</summary>
internal sealed class ScmiFixture : IDisposable
{
    internal const byte Base = 0x10;
    internal const byte Sensor = 0x15;

    /// <summary>What Linux has room for: header, status and 128 bytes.</summary>
    internal const uint Room = 136;

    internal ScmiFixture(IReadOnlyList<IScmiSensor> sensors, HostCalls? calls = null, LoopThread? shared = null, bool packed = false)
    {
        Platform = new ScmiPlatform(new Lock(), "vhost-device", "tests");
        Sensors = new SensorProtocol(Platform, sensors);
        for (int i = 0; i < sensors.Count; i++)
            _ = Platform.AddDevice(Sensor, i);
        Agent = Platform.AddAgent("guest", isTrusted: true);
        BackEnd = new TestBackEnd<ScmiDevice>(() => new ScmiDevice(Agent, calls), shared: shared);
        Guest = BackEnd.Attach(packed ? Options.Packed() : Options);
    }

    internal static FrontEndDeviceOptions Options { get; } = new() { MemorySize = 4 << 20, QueueSizes = [16, 16] };

    internal ScmiPlatform Platform { get; }

    internal SensorProtocol Sensors { get; }

    internal ScmiAgent Agent { get; }

    internal TestBackEnd<ScmiDevice> BackEnd { get; }

    internal FrontEndDevice Guest { get; set; }

    /// <summary>A command that ends well; what follows its status.</summary>
    internal byte[] Ask(byte protocol, byte message, params uint[] parameters)
    {
        byte[] answer = Guest.Request(0, Command(protocol, message, parameters), Room);
        Assert.Equal(Header(protocol, message), BinaryPrimitives.ReadUInt32LittleEndian(answer));
        Assert.Equal((0, protocol, message), (BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(4)), protocol, message));
        return answer[8..];
    }

    /// <summary>The same, as words.</summary>
    internal uint[] Words(byte protocol, byte message, params uint[] parameters) => ToWords(Ask(protocol, message, parameters));

    /// <summary>A command that ends with an error.</summary>
    internal ScmiStatus Status(byte protocol, byte message, params uint[] parameters)
    {
        byte[] answer = Guest.Request(0, Command(protocol, message, parameters), Room);
        ScmiStatus status = (ScmiStatus)BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(4));
        Assert.Equal(Header(protocol, message), BinaryPrimitives.ReadUInt32LittleEndian(answer));
        Assert.True(status == ScmiStatus.Success || answer.Length == 8, "an error is a status and nothing else");
        return status;
    }

    /// <summary>Buffers for notifications.</summary>
    internal (ushort Id, ulong At)[] Post(int count, uint room = Room) => [.. Enumerable.Range(0, count).Select(_ => Guest.Post(1, room))];

    /// <summary>The next notification, as words: its header first.</summary>
    internal uint[] Notice((ushort Id, ulong At) buffer)
    {
        UsedChain used = Guest.Queues[1].Take();
        Assert.Equal(buffer.Id, used.Id);
        byte[] bytes = new byte[used.Length];
        Guest.Memory.Read(buffer.At, bytes);
        return ToWords(bytes);
    }

    /// <summary>What is left when the device has nothing more to say.</summary>
    internal void Settle()
    {
        _ = Ask(Base, 0);
        BackEnd.Thread.Invoke(static () => { });
    }

    internal static uint Header(byte protocol, byte message, byte type = 0, uint token = 5) =>
        message | ((uint)type << 8) | ((uint)protocol << 10) | (token << 18);

    internal static byte[] Command(byte protocol, byte message, params uint[] parameters) => Bytes([Header(protocol, message), .. parameters]);

    internal static byte[] Bytes(params uint[] words)
    {
        byte[] bytes = new byte[words.Length * 4];
        for (int i = 0; i < words.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), words[i]);
        return bytes;
    }

    internal static uint[] ToWords(byte[] bytes)
    {
        Assert.Equal(0, bytes.Length % 4);
        return [.. Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4 * i)))];
    }

    internal static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes).TrimEnd('\0');

    public void Dispose()
    {
        Guest.Dispose();
        BackEnd.Dispose();
    }
}
