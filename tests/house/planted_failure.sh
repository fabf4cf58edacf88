# A test that fails makes `make test` fail: plant a failure, and see that it is noticed.
set -eu
if [ "$VWW_BUILD_DIR" != "$VWW_SOURCE_DIR/build" ]; then
    echo "skipped: runs only in the build folder that make test uses"
    exit 77
fi
# A test folder of its own, so that the surrounding run keeps its logs.
echo "subdirs(\"$VWW_BUILD_DIR/tests\")" >CTestTestfile.cmake
run() {
    make -s -C "$VWW_SOURCE_DIR" test CTEST_ARGS="--test-dir $PWD -R ^base/base\$" >output 2>&1
}
run || { echo "fails with nothing planted:"; cat output; exit 1; }
grep -q '100% tests passed, 0 tests failed out of 1' output || { cat output; exit 1; }
if VWW_PLANTED_FAILURE=1 run; then
    echo "make test passed although a test failed:"
    cat output
    exit 1
fi
grep -q '1 tests failed out of 1' output || { echo "failed for another reason:"; cat output; exit 1; }
