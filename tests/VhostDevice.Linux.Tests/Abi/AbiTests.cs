// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux.Sandbox;

namespace VhostDevice.Linux.Tests.Abi;

/// <summary>Every layout and number that we share with the kernel, against its headers.</summary>
public class AbiTests
{
    [Fact]
    public void Declarations_equal_the_installed_headers() => Accepts(CompilerDriver.Host, "abi", Everything());

    [Fact]
    public void Declarations_equal_the_arm64_headers()
    {
        Assert.SkipWhen(CompilerDriver.Arm64Cross is null, "needs aarch64-linux-gnu-gcc (Debian: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross)");
        Accepts(CompilerDriver.Arm64Cross!, "abi-arm64", Everything());
    }

    /// <summary>
    /// The kernel's header decides by one macro whether <c>epoll_event</c> is packed. With the macro turned round it
    /// yields the layout of the architectures that this machine is not.
    /// </summary>
    [Fact]
    public void Both_layouts_of_epoll_event_equal_the_kernel_header()
    {
        CSource source = new("linux/types.h", "linux/fcntl.h");
        source.Line("#ifdef __x86_64__");
        source.Line("#undef __x86_64__");
        source.Line("#else");
        source.Line("#define __x86_64__ 1");
        source.Line("#endif");
        source.Include("linux/eventpoll.h");
        foreach (CStruct s in AbiTable.Structs.Where(s => s.C == "struct epoll_event"))
            source.Struct(s);
        Accepts(CompilerDriver.Host, "abi-epoll-other", source);
    }

    [Fact]
    public void Imports_fit_the_prototypes()
    {
        CSource source = new(AbiTable.Headers);
        foreach (System.Reflection.MethodInfo method in Declared.Imports)
            source.Import(method);
        Accepts(CompilerDriver.Host, "abi-imports", source);
    }

    [Fact]
    public void System_call_numbers_equal_the_installed_headers() => Accepts(CompilerDriver.Host, "abi-calls", SystemCallNumbers());

    [Fact]
    public void System_call_numbers_equal_the_arm64_headers()
    {
        Assert.SkipWhen(CompilerDriver.Arm64Cross is null, "needs aarch64-linux-gnu-gcc (Debian: gcc-aarch64-linux-gnu, libc6-dev-arm64-cross)");
        Accepts(CompilerDriver.Arm64Cross!, "abi-calls-arm64", SystemCallNumbers());
    }

    /// <summary>The control: if a wrong number compiled, all of the above would mean nothing.</summary>
    [Theory]
    [InlineData("Libc.EPOLL_CTL_ADD", "EPOLL_CTL_ADD", 2, "Libc.EPOLL_CTL_ADD is 2LL in C#")]
    [InlineData("Libc.NO_SUCH_NAME", "NO_SUCH_NAME", 2, "NO_SUCH_NAME")]
    [InlineData("the size of PollFd", "sizeof(struct pollfd)", 9, "the size of PollFd is 9LL in C#")]
    public void A_wrong_number_is_rejected_by_name(string item, string expression, int ours, string expected)
    {
        CSource source = Everything();
        source.Equal(item, expression, ours);
        string messages = CompilerDriver.Host.Check("abi-control", source.ToString());
        Assert.Contains("error", messages, StringComparison.Ordinal);
        Assert.Contains(expected, messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_field_is_rejected_by_name()
    {
        CSource source = Everything();
        // Two fields of one size, exchanged.
        source.Struct(CStruct.For<PollFd>("struct pollfd", ("Events", "revents"), ("ReturnedEvents", "events")));
        string messages = CompilerDriver.Host.Check("abi-control", source.ToString());
        Assert.Contains("the offset of PollFd.Events is 4LL in C#", messages, StringComparison.Ordinal);
    }

    // On the one architecture the numbers of the other are of no concern.
    private static CSource SystemCallNumbers()
    {
        CSource source = new("asm/unistd.h");
        foreach ((string condition, Func<SystemCall, int> number) in new (string, Func<SystemCall, int>)[]
            { ("defined(__x86_64__)", c => c.X64), ("defined(__aarch64__)", c => c.Arm64) })
        {
            source.Line("#if " + condition);
            foreach (SystemCall call in Declared.SystemCalls)
            {
                string name = "__NR_" + call.Name;
                if (number(call) != SystemCall.None)
                {
                    source.Equal("SystemCalls." + call.Name, name, number(call));
                    continue;
                }

                source.Line("#ifdef " + name);
                source.Line($"#error SystemCalls.{call.Name} exists on this architecture");
                source.Line("#endif");
            }

            source.Line("#endif");
        }

        return source;
    }

    private static CSource Everything()
    {
        CSource source = new(AbiTable.Headers);
        foreach (CStruct s in AbiTable.Structs)
            source.Struct(s);

        foreach ((string owner, string name, object value) in Declared.Constants)
        {
            string item = $"{owner}.{name}";
            if (AbiTable.Constants.TryGetValue(item, out string? expression) ? expression is null : !Declared.IsMacroName(name))
                continue;
            bool optional = AbiTable.NewerThanSomeHeaders.Contains(name);
            if (optional)
                source.Line("#ifdef " + name);
            source.Equal(item, expression ?? name, value);
            if (optional)
                source.Line("#endif");
        }

        foreach ((string name, object value) in Declared.EnumMembers)
        {
            if (AbiTable.EnumMembers.GetValueOrDefault(name) is string theirs)
                source.Equal32(name, theirs, value);
        }

        return source;
    }

    private static void Accepts(CompilerDriver compiler, string name, CSource source)
    {
        string messages = compiler.Check(name, source.ToString());
        Assert.True(messages.Length == 0, messages);
    }
}
