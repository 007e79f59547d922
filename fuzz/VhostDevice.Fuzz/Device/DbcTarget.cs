// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Text;
using VhostDevice.Devices.Boards.Can.Ecu.Dbc;

namespace VhostDevice.Fuzz.Device;

/// <summary>dbc: the text of a DBC file, and values for the signals that it describes.</summary>
public sealed class DbcTarget : IFuzzTarget
{
    private const string Head = "BO_ 1 A: 8 E\n SG_ S : 0|16@1+ (0.5,-40) [0|0] \"u\" E\n";

    public string Name => "dbc";

    public IEnumerable<(string Name, byte[] Input)> Seeds =>
    [
        ("intel", Encoding.ASCII.GetBytes(Head)),
        ("motorola", Encoding.ASCII.GetBytes("BO_ 2566844926 A: 64 E\n SG_ S : 455|64@0- (1E-05,0) [-1|1] \"\" E,F\n")),
        ("float", Encoding.ASCII.GetBytes("BO_ 1 A: 8 E\n SG_ S : 0|32@1- (1,0) [0|0] \"\" E\nSIG_VALTYPE_ 1 S : 1;\n")),
        ("names", Encoding.ASCII.GetBytes(Head
            + "VAL_ 1 S 0 \"Off\" -1 \"On\" ;\nBA_ \"GenMsgCycleTime\" BO_ 1 20;\nBA_ \"GenSigStartValue\" SG_ 1 S 7;\n")),
        ("multiplexed", Encoding.ASCII.GetBytes(
            "BO_ 1 A: 8 E\n SG_ M M : 0|8@1+ (1,0) [0|0] \"\" E\n SG_ N m1M : 8|8@1+ (1,0) [0|0] \"\" E\n"
            + " SG_ O m3 : 16|8@1+ (1,0) [0|0] \"\" E\nSG_MUL_VAL_ 1 O N 3-5, 9-9;\nSG_MUL_VAL_ 1 N M 1-1;\n")),
        ("skipped", Encoding.ASCII.GetBytes(
            "VERSION \"1\"\nNS_ :\n\tCM_\nBS_:\nBU_: A B\nCM_ \"a \\\"b\\\"\n;\";\nBA_DEF_DEF_ \"GenMsgCycleTime\" 5;\n")),
    ];

    public ulong Behaviour { get; private set; }

    /// <summary>Signals of the last input.</summary>
    public int Signals { get; private set; }

    public void Run(ReadOnlySpan<byte> input)
    {
        Behaviour = 0;
        Signals = 0;
        DbcFile file;
        try
        {
            file = DbcReader.Read("f", Encoding.Latin1.GetString(input));
        }
        catch (DbcException problem)
        {
            Promise.Keep(problem.Message.StartsWith("f:", StringComparison.Ordinal), "a mistake has its place");
            Behaviour = 1UL << (int)(Hash(problem.Message[^Math.Min(12, problem.Message.Length)..]) % 48);
            return;
        }

        Span<byte> data = stackalloc byte[64];
        foreach (DbcMessage message in file.Messages)
        {
            foreach (DbcSignal signal in message.Signals)
            {
                Signals++;
                Try(signal, input, data[..message.Length]);
            }
        }

        Behaviour |= DeviceSteps.Amount(48, file.Messages.Count) | DeviceSteps.Amount(56, Signals);
    }

    private static void Try(DbcSignal signal, ReadOnlySpan<byte> input, Span<byte> data)
    {
        data.Clear();
        ulong raw = (ulong)Hash(signal.Name) * 0x9E37_79B9_7F4A_7C15ul & signal.Mask;
        signal.Write(data, raw);
        Promise.Keep(signal.Read(data) == raw, "what is written is read");
        _ = signal.IsIn(data);
        _ = signal.Accepts.Length + signal.Show(raw).Length;
        // Numbers with more digits than there are in a decimal are rounded.
        bool isExact = !signal.IsFloating && Math.Abs(signal.Factor) >= 1E-6m && Math.Abs(signal.Offset) <= 1E6m;
        if (signal.TryRead(signal.ShowNumber(raw), out ulong again) && isExact)
            Promise.Keep(again == raw, "a value is the same as text");
        _ = signal.TryEncode(input.Length > 0 ? BitConverter.Int64BitsToDouble((long)raw) : 0, out ulong encoded);
        Promise.Keep((encoded & ~signal.Mask) == 0, "a value has no more bits than its signal");
    }

    // The same for every run, as the hash of a string is not.
    private static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
            hash = (hash ^ c) * 16777619;
        return hash;
    }
}
