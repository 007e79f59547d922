// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers.Binary;
using VhostDevice.Devices.Scmi;
using VhostDevice.Devices.Scmi.Domains;
using VhostDevice.Devices.Scmi.Messages;
using VhostDevice.Devices.Scmi.Sensors;
using VhostDevice.Fuzz.Ring;

namespace VhostDevice.Fuzz.Device;

/// <summary>scmi: any command with any parameters and any room for its answer, and buffers for notifications of any size.</summary>
public sealed class ScmiTarget : IFuzzTarget
{
    private const byte Ask = DeviceSteps.Own;
    private const byte AskSmall = DeviceSteps.Own + 1;
    private const byte Buffer = DeviceSteps.Own + 2;
    private const byte Steps = DeviceSteps.Own + 3;

    private const int Commands = 0;
    private const int Events = 1;
    private const int HeadBytes = 8;
    private const int Room = 136;
    private const byte Base = 0;
    private const byte Sensor = 5;

    public string Name => "scmi";

    // A command is its protocol from 0x10 on, its number, how many parameters it has, and these, a byte each: the lowest.
    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("who-is-there", [Ask, Base, 0, 0, Ask, Base, 1, 0, Ask, Base, 3, 0, Ask, Base, 4, 0, Ask, Base, 6, 1, 0, Ask, Base, 7, 1, 1]),
        ("attributes", [Ask, Base, 2, 1, 3, Ask, Base, 2, 1, 99, Ask, Sensor, 2, 1, 6, Ask, Sensor, 1, 0]),
        ("describe", [Ask, Sensor, 3, 1, 0, Ask, Sensor, 3, 1, 1, Ask, Sensor, 3, 1, 9, Ask, Sensor, 7, 2, 0, 0, Ask, Sensor, 7, 2, 0, 2]),
        ("names", [Ask, Sensor, 0xc, 1, 1, Ask, Sensor, 0xd, 2, 0, 0, Ask, Sensor, 0xd, 2, 1, 0]),
        ("intervals", [Ask, Sensor, 8, 2, 0, 0, AskSmall, 12, Sensor, 8, 2, 0, 0, AskSmall, 20, Sensor, 8, 2, 0, 3]),
        ("read", [Ask, Sensor, 6, 2, 0, 0, Ask, Sensor, 0xa, 2, 0, 3, Ask, Sensor, 6, 2, 0, 0, Ask, Sensor, 6, 2, 1, 0, Ask, Sensor, 6, 2, 1, 1]),
        ("trip", [Buffer, 64, Ask, Sensor, 5, 4, 1, 3, 2, 0, Ask, Sensor, 4, 2, 1, 1, Ask, Sensor, 6, 2, 1, 0, DeviceSteps.Turn, 0]),
        ("permissions", [Ask, Base, 9, 3, 1, 1, 0, Ask, Sensor, 6, 2, 1, 0, Ask, Base, 0xb, 2, 1, 1, Ask, Sensor, 6, 2, 1, 0]),
        ("small-room", [AskSmall, 0, Base, 0, 0, AskSmall, 7, Base, 0, 0, AskSmall, 8, Base, 0, 0, AskSmall, 12, Base, 0, 0]),
        ("errors-reported", [Ask, Base, 8, 1, 1, Buffer, 64, AskSmall, 4, Base, 0, 0, Buffer, 8]),
        ("domains", [Ask, 1, 4, 3, 0, 0, 0, Ask, 3, 7, 2, 0, 15, Ask, 4, 5, 4, 0, 0, 99, 0]),
        ("other-domains", [Ask, 6, 4, 3, 0, 1, 0, Ask, 7, 5, 2, 0, 7, Ask, 8, 5, 3, 0, 0, 9]),
        ("domains-watched", [Ask, 4, 9, 2, 0, 1, Ask, 4, 0xa, 2, 0, 1, Ask, 4, 5, 4, 8, 0, 99, 0, Buffer, 64, Buffer, 64]),
        ("too-long", [Ask, Base, 0, 3, 1, 2, 3, Ask, Sensor, 5, 1, 0]),
        ("no-protocol", [Ask, 9, 0, 0, Ask, 200, 0, 0]),
        ("half-a-header", [DeviceSteps.Raw, 0, 0, 64, 3, 0, 0x40, 0, DeviceSteps.Serve, 0, 63]),
        ("leaves-on", [Ask, Sensor, 0xa, 2, 0, 1, Ask, Sensor, 0xb, 2, 0, 1, DeviceSteps.Reconnect, 0, Ask, Sensor, 9, 1, 0]),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Of the last input: commands that went well, those that did not, and notifications.</summary>
    public int Done { get; private set; }

    public int Refused { get; private set; }

    public int Reports { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        ScmiPlatform platform = new(new Lock(), "vhost-device", "fuzz");
        ScmiSteps steps = new(5, 205, 7);
        _ = new PowerProtocol(platform, [new ScmiPower("power", isOn: true)]);
        _ = new SystemPowerProtocol(platform, static (_, _) => { });
        ScmiOperatingPoint slow = new(10, 1, 2), fast = new(20, 3, 4);
        _ = new PerformanceProtocol(platform, [new ScmiPerformance("performance", [slow, fast])]);
        _ = new ClockProtocol(platform, [new ScmiClock("clock", steps, 5, isEnabled: false)]);
        _ = new SensorProtocol(platform, [new FakeSensor("fake"), new CountingSensor()]);
        _ = new ResetProtocol(platform, [new ScmiReset("reset")]);
        _ = new VoltageProtocol(platform, [new ScmiVoltage("a voltage whose name is too long", steps, 5, isOn: false)]);
        _ = new PowerCapProtocol(platform, [new ScmiPowerCap("cap", steps)]);
        _ = platform.AddDevice(SensorProtocol.Number, 0);
        _ = platform.AddDevice(SensorProtocol.Number, 1);
        ScmiAgent agent = platform.AddAgent("fuzz", isTrusted: true);
        using DeviceRig rig = new(() => new ScmiDevice(agent, null));
        (Done, Refused, Reports) = (0, 0, 0);
        rig.Looks = Look;
        ScriptReader script = new(input);
        while (!script.IsEmpty)
        {
            byte step = (byte)(script.Byte() % Steps);
            Behaviour |= 1UL << step;
            Do(rig, step, ref script);
            rig.Turn();
        }

        Behaviour |= DeviceSteps.Amount(16, Done) | DeviceSteps.Amount(24, Refused) | DeviceSteps.Amount(32, Reports);
        Probe(rig);
        rig.End();
    }

    private static void Do(DeviceRig rig, byte step, ref ScriptReader script)
    {
        switch (step)
        {
            case Ask:
                Offer(rig, ref script, Room);
                break;
            case AskSmall:
                Offer(rig, ref script, script.Byte());
                break;
            case Buffer:
                rig.Offer(Events, [], 0, script.Byte(), 1);
                rig.Serve(Events);
                break;
            default:
                DeviceSteps.Do(rig, step, ref script);
                break;
        }
    }

    private static void Offer(DeviceRig rig, ref ScriptReader script, int room)
    {
        byte protocol = (byte)(0x10 + script.Byte()), message = script.Byte();
        byte[] command = new byte[4 + (4 * (script.Byte() & 7))];
        BinaryPrimitives.WriteUInt32LittleEndian(command, message | ((uint)protocol << 10));
        for (int at = 4; at < command.Length; at += 4)
            command[at] = script.Byte();
        rig.Offer(Commands, command, 1, room, 1);
        rig.Serve(Commands);
    }

    private void Look(int queue, byte[] answer, int used)
    {
        if (used == 0)
            return;
        Promise.Keep(used % 4 == 0, "messages are words");
        if (queue == Events)
        {
            Promise.Keep((answer[1] & 3) == 3 && used >= 12, "what comes by itself is a notification");
            Reports++;
            return;
        }

        int status = BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(4));
        Promise.Keep(status is <= 0 and >= -10, "a status is one that there is");
        Promise.Keep(used >= HeadBytes && (status == 0 || used == HeadBytes), "an error is a status and nothing else");
        _ = status == 0 ? Done++ : Refused++;
    }

    // What the next front-end asks is answered.
    private static void Probe(DeviceRig rig)
    {
        rig.Reconnect();
        int answers = 0;
        rig.Looks = (queue, answer, used) =>
        {
            if (queue == Commands && used > 0)
                Promise.Keep(answer[4] == 0 && used == 12 && answer[10] == 2 && ++answers > 0, "the next front-end is told of the version");
        };
        rig.Offer(Commands, [0, 0x40, 0, 0], 1, 12, 1);
        rig.Serve(Commands);
        Promise.Keep(answers == 1, "the next front-end is answered");
        rig.Looks = null;
    }
}
